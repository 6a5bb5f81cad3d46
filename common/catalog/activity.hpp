// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::catalog {

/// Client sessions on the whole server, this one left out.
struct Activity {
    std::int64_t connections = 0;
    std::int64_t max_connections = 0; // for ordinary roles: without the superusers' reserve
    std::int64_t active = 0;
    std::int64_t idle_in_transaction = 0; // aborted ones too
    bool complete = true;                 // false: the role may not see other roles' states
};

Activity activity(pg::Connection& connection);

/// A session that waits for a lock, and who holds it up.
struct Blocked {
    std::int32_t pid = 0;
    std::vector<std::int32_t> blocked_by; // directly, by pid
    std::string query;                    // shortened to 200 bytes; empty without the right
    std::int64_t waited_ms = 0;
    std::string lock_mode; // `AccessExclusiveLock`
    std::string relation;  // `public.users`; empty for locks on other things or databases
    std::string application_name;
};

/// All sessions of the server that wait for a lock, or only the one with `pid`, longest first.
std::vector<Blocked> blockers(pg::Connection& connection, std::optional<std::int32_t> pid = {});

/// The transaction that has been open longest in this database, this session's left out.
struct OldestTransaction {
    std::int32_t pid = 0;
    time::Milliseconds age{0};
    std::string state;
    std::string application_name;
    std::string query; // shortened to 200 bytes
};

std::optional<OldestTransaction> oldest_transaction(pg::Connection& connection);

/// The age of the oldest open transaction in this database; zero where there is none.
time::Milliseconds oldest_transaction_age(pg::Connection& connection);

} // namespace slipway::catalog
