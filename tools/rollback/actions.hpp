// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/conninfo.hpp"
#include "rollback.hpp"
#include "step/sibling.hpp"

#include <optional>
#include <string>

namespace slipway::rollback {

/// What has become of the application, or of the database.
enum class Half : std::uint8_t { as_before, back, not_certain };

/// `as before`, `back` or `not certain`.
std::string_view name(Half half);

/// What a rollback does to the world: sibling tools, whose records it relies on, and commands of
/// the user.
class Actions {
public:
    Actions(Options const& options, std::optional<pg::ConnInfo> where, tool::Context& context)
        : options_(options), where_(std::move(where)), context_(context) {}

    /// Asks db-restore whether all that is needed is there; fills the record's backup and window.
    void try_restore();

    /// Backs the live database up; returns the id.
    std::string make_safety_backup();

    /// Restores the chosen backup with a swap; returns db-restore's summary.
    std::string restore();

    /// What has become of the database, as far as db-restore's record tells.
    [[nodiscard]] Half database() const { return database_; }

    /// Runs a command of the user by `sh -c`, its output in the log; throws failed where it fails.
    /// `to_the_end`: also where a stop was requested, and then for as long as that leaves.
    std::string command(std::string const& text, std::string_view what, bool to_the_end = false);

    /// Waits until the endpoints are healthy; returns health-check's summary.
    std::string check_health();

private:
    std::vector<std::string> restore_arguments() const;
    step::Ended sibling(std::string const& tool, std::vector<std::string> arguments);

    Options const& options_;
    std::optional<pg::ConnInfo> where_;
    tool::Context& context_;
    int records_ = 0;
    Half database_ = Half::as_before;
};

} // namespace slipway::rollback
