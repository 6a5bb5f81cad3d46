// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::catalog {

/// How far a command of a session is, as pg_stat_progress_* tell of CREATE INDEX, VACUUM, CLUSTER,
/// ANALYZE and COPY.
struct Work {
    std::string command;     // `CREATE INDEX CONCURRENTLY`
    std::string phase;       // `building index: scanning table`; empty of COPY
    std::string relation;    // `public.users`
    std::string unit;        // `blocks`, `tuples`, `lockers`, `bytes`
    std::uint64_t done = 0;  // of this phase
    std::uint64_t total = 0; // 0 where it is not known
};

/// The work of the session with that pid; nothing where it does none of these.
std::optional<Work> work_of(pg::Connection& connection, std::int32_t pid);

/// What a session is doing now.
struct SessionState {
    std::string state; // `active`, `idle in transaction`, …; empty without the right to see it
    std::string query; // shortened to 200 bytes
    std::int64_t query_ms = 0;       // since it began
    std::int64_t transaction_ms = 0; // 0: none is open
    std::string waits_for; // `Lock: relation`, `IO: DataFileRead`; empty where it does not wait
    std::string application_name;
    std::string backend_start; // tells a pid from its next owner's
};

/// Nothing where there is no such session (any more).
std::optional<SessionState> session_state(pg::Connection& connection, std::int32_t pid);

/// The locks on tables and other relations of this database that a session holds and that keep
/// writers or readers away, as `ShareLock on public.users`, strongest first.
std::vector<std::string> blocking_locks(pg::Connection& connection, std::int32_t pid);

} // namespace slipway::catalog
