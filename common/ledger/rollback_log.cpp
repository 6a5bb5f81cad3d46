// SPDX-License-Identifier: Apache-2.0
#include "ledger/rollback_log.hpp"

#include "ledger/carry.hpp"
#include "ledger/schema.hpp"
#include "time/rfc3339.hpp"

namespace slipway::ledger {

namespace {

constexpr std::string_view rollback_table = "rollback_log";
constexpr std::string_view create_rollback_log = R"(
create table if not exists slipway.rollback_log (
    id text primary key,
    run_id text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    environment text not null,
    scope text not null,
    reason text not null,
    actor text not null,
    backup_id text not null,
    outcome text not null,
    steps jsonb not null
))";

} // namespace

void note(pg::Connection& connection, Rollback const& rollback) {
    ensure_table(connection, rollback_table, create_rollback_log);
    connection.exec(
        "insert into slipway.rollback_log values ($1, $2, $3::timestamptz, $4::timestamptz, $5, "
        "$6, "
        "$7, $8, $9, $10, $11::jsonb) on conflict (id) do nothing",
        {rollback.id,
         rollback.run_id,
         time::to_rfc3339(rollback.started_at),
         time::to_rfc3339(rollback.finished_at),
         rollback.environment,
         rollback.scope,
         rollback.reason,
         rollback.actor,
         rollback.backup_id,
         rollback.outcome,
         rollback.steps});
}

std::int64_t carry_rollbacks_over(pg::Connection& from, pg::Connection& to) {
    return carry_over(from, to, rollback_table, create_rollback_log);
}

} // namespace slipway::ledger
