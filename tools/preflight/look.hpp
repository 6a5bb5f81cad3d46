// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/identity.hpp"
#include "error/error.hpp"
#include "findings.hpp"
#include "pg/connection.hpp"
#include "preflight.hpp"

#include <mutex>
#include <optional>
#include <string>

namespace slipway::preflight {

/// The server that all groups ask, each on a connection of its own; safe for several threads.
class Server {
public:
    Server(Options const& options, tool::Context& context);

    /// Whether a database was named at all.
    [[nodiscard]] bool is_named() const { return is_named_; }
    [[nodiscard]] pg::ConnInfo const& where() const { return where_; }

    /// Which database it is; null where it could not be reached. Waits for the first answer.
    [[nodiscard]] catalog::Identity const* identity();

    /// Why it could not be reached; valid after identity().
    [[nodiscard]] std::optional<Error> const& why_not() const { return why_not_; }

    [[nodiscard]] pg::Connection connect() const;

    /// The only session to have looked; call it after identity() and from one thread.
    [[nodiscard]] std::int64_t bytes() const { return bytes_; }

private:
    void look();

    tool::Context& context_;
    bool is_named_;
    pg::ConnInfo where_;
    std::once_flag once_;
    std::optional<catalog::Identity> identity_;
    std::int64_t bytes_ = 0;
    std::optional<Error> why_not_;
};

/// What a group of checks works with.
struct Look {
    Options const& options;
    tool::Context& context;
    Server& server;
    bool production = false;
};

void look_at_tools(Look const& look, Findings& findings);
void look_at_env(Look const& look, Findings& findings);
void look_at_repo(Look const& look, Findings& findings);
void look_at_database(Look const& look, Findings& findings);
void look_at_migrations(Look const& look, Findings& findings);
void look_at_data(Look const& look, Findings& findings);
void look_at_backup(Look const& look, Findings& findings);
/// The only group that reads the records of --input.
void look_at_quality(Look const& look, Findings& findings);
void look_at_notify(Look const& look, Findings& findings);

} // namespace slipway::preflight
