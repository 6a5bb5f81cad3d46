// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "pg/send.hpp"
#include "time/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::ledger {

/// A row of `slipway.execution_log`: what one run did about one migration. The table takes new
/// rows and no other change.
struct Execution {
    std::string id; // unique over all databases, so that rows can be carried over
    std::string run_id;
    std::string environment;
    std::string job;
    std::string url; // of the CI's run
    std::string actor;
    std::string approved_by;
    std::string commit;
    std::string layout;
    std::string history; // the table that the migration is listed in
    std::string migration;
    std::string version;
    std::string checksum; // SHA-256 of the file
    std::string outcome;  // `applied`, `failed`, `rolled_back`, `baselined`, `resolved`, `reverted`
    std::string error;
    std::string tool_version;
};

/// Makes schema and table where they are missing; throws ServerError where the role may not.
void ensure_execution_log(pg::Connection& connection);

/// Adds the row. Without `took` the work is this transaction's, as long as it has been open.
void note(pg::Send const& send, Execution const& execution, std::optional<time::Milliseconds> took);

/// Copies the rows that `to` lacks, making the table there, owned as in `from`; nothing where
/// `from` has no such table. Returns how many there were.
std::int64_t carry_executions_over(pg::Connection& from, pg::Connection& to);

} // namespace slipway::ledger
