// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/conninfo.hpp"
#include "rollback.hpp"
#include "step/sibling.hpp"
#include "ways.hpp"

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
        : options_(options), where_(std::move(where)), context_(context),
          backup_id_(options.backup_id) {}

    /// Restores this backup, whatever --backup-id says.
    void choose_backup(std::string id) { backup_id_ = std::move(id); }

    /// What commands are told in their environment: SLIPWAY_TARGET_COMMIT, SLIPWAY_CURRENT_COMMIT;
    /// empty: nothing.
    void choose_commits(std::string target, std::string current) {
        target_commit_ = std::move(target);
        current_commit_ = std::move(current);
    }

    /// Asks db-restore whether all that is needed is there; fills the record's backup and window.
    void try_restore();

    /// Backs the live database up; returns the id.
    std::string make_safety_backup();

    /// Restores the chosen backup with a swap; returns db-restore's summary.
    std::string restore();

    /// Whether one undo is possible: what speaks against it, or nothing.
    std::string try_undo(Undo const& undo);

    /// Undoes one thing that the deployment did to the database.
    void undo(Undo const& undo);

    /// Asks db-restore whether it can swap back; fills the record's window.
    void try_swap_back();

    /// Swaps back to what an earlier restore has replaced; returns db-restore's summary.
    std::string swap_back();

    /// What has become of the database, as far as db-restore's record tells.
    [[nodiscard]] Half database() const { return database_; }

    /// Runs a command of the user by `sh -c`, its output in the log; throws failed where it fails.
    /// `to_the_end`: also where a stop was requested, and then for as long as that leaves.
    std::string command(std::string const& text, std::string_view what, bool to_the_end = false);

    /// Waits until the endpoints are healthy; returns health-check's summary.
    std::string check_health();

    /// Looks at the endpoints once, whatever comes of it.
    step::Ended look_at_health();

    /// Runs the suites of smoke-http; returns what the last one says. Throws at the first that
    /// fails.
    std::string check_smoke();

private:
    [[nodiscard]] std::vector<std::string> restore_arguments() const;
    [[nodiscard]] std::vector<std::string> swap_back_arguments() const;
    void learn(step::Ended const& ended);
    step::Ended sibling(std::string const& tool, std::vector<std::string> arguments);

    Options const& options_;
    std::optional<pg::ConnInfo> where_;
    tool::Context& context_;
    std::string backup_id_;
    std::string target_commit_;
    std::string current_commit_;
    int records_ = 0;
    Half database_ = Half::as_before;
};

} // namespace slipway::rollback
