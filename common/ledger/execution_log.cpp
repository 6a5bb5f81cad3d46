// SPDX-License-Identifier: Apache-2.0
#include "ledger/execution_log.hpp"

#include "ledger/carry.hpp"
#include "ledger/schema.hpp"

namespace slipway::ledger {

namespace {

constexpr std::string_view execution_table = "execution_log";

// `written_by` says which rows of a history table were written together with a row of this log:
// their xmin is its lower half.
constexpr std::string_view create_execution_log = R"(
create table if not exists slipway.execution_log (
    id text primary key,
    run_id text not null,
    environment text not null,
    job text not null,
    url text not null,
    actor text not null,
    approved_by text not null,
    git_commit text not null,
    layout text not null,
    history text not null,
    migration text not null,
    version text not null,
    checksum text not null,
    outcome text not null,
    error text not null,
    started_at timestamptz not null,
    finished_at timestamptz not null,
    duration_ms bigint not null,
    database_role text not null default session_user,
    tool_version text not null,
    written_by xid8 not null default pg_current_xact_id()
);
create or replace function slipway.refuse_change() returns trigger language plpgsql as
    'begin raise exception ''%.% takes new rows and no other change'', tg_table_schema, tg_table_name
     using errcode = ''restrict_violation''; end';
create or replace trigger append_only before update or delete or truncate
    on slipway.execution_log for each statement execute function slipway.refuse_change())";

} // namespace

void ensure_execution_log(pg::Connection& connection) {
    ensure_table(connection, execution_table, create_execution_log);
}

void note(
    pg::Send const& send,
    Execution const& execution,
    std::optional<time::Milliseconds> took) {
    // now() is when the transaction began.
    std::string const duration =
        took ? std::to_string(took->count())
             : "(1000 * extract(epoch from clock_timestamp() - now()))::bigint";
    send(
        "insert into slipway.execution_log (id, run_id, environment, job, url, actor, approved_by,"
        " git_commit, layout, history, migration, version, checksum, outcome, error, tool_version,"
        " started_at, finished_at, duration_ms)"
        " select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
        " at - ms * interval '1 ms', at, ms from (select clock_timestamp() as at, " +
            duration + " as ms) as it",
        {execution.id,
         execution.run_id,
         execution.environment,
         execution.job,
         execution.url,
         execution.actor,
         execution.approved_by,
         execution.commit,
         execution.layout,
         execution.history,
         execution.migration,
         execution.version,
         execution.checksum,
         execution.outcome,
         execution.error,
         execution.tool_version});
}

std::int64_t carry_executions_over(pg::Connection& from, pg::Connection& to) {
    return carry_over(from, to, execution_table, create_execution_log);
}

} // namespace slipway::ledger
