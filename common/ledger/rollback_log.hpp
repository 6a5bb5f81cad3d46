// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "time/clock.hpp"

#include <string>
#include <string_view>

namespace slipway::ledger {

/// A row of `slipway.rollback_log`: what was undone, when, why and how it ended.
struct Rollback {
    std::string id; // unique over all databases, so that rows can be carried over
    std::string run_id;
    time::Instant started_at{};
    time::Instant finished_at{};
    std::string environment;
    std::string scope; // `full`, `app` or `db`
    std::string reason;
    std::string actor;
    std::string backup_id; // empty: no database was restored
    std::string outcome;   // as the record's status
    std::string steps;     // JSON, as in the record
};

/// Adds the row, making schema and table where they are missing; does nothing where it is there.
void note(pg::Connection& connection, Rollback const& rollback);

/// Copies the rows that `to` lacks, making the table there, owned as in `from`; nothing where
/// `from` has no such table. Returns how many there were.
std::int64_t carry_rollbacks_over(pg::Connection& from, pg::Connection& to);

} // namespace slipway::ledger
