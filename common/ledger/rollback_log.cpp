// SPDX-License-Identifier: Apache-2.0
#include "ledger/rollback_log.hpp"

#include "ledger/schema.hpp"
#include "time/rfc3339.hpp"

#include <optional>

namespace slipway::ledger {

namespace {

constexpr std::string_view table = "rollback_log";
constexpr std::string_view create = R"(
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

// The role that owns a schema or table by its catalog's name; nothing where it is this role.
std::optional<std::string> foreign_owner(pg::Connection& connection, std::string const& query) {
    auto const owner = connection.exec(query).one_value<std::string>();
    auto const me = connection.exec("select current_user::text").one_value<std::string>();
    return owner == me ? std::nullopt : std::optional{owner};
}

void take_over_owners(pg::Connection& from, pg::Connection& to) {
    if (auto const owner = foreign_owner(
            from,
            "select nspowner::regrole::text from pg_catalog.pg_namespace "
            "where nspname = 'slipway'")) {
        to.exec("alter schema slipway owner to " + *owner);
    }
    if (auto const owner = foreign_owner(
            from,
            "select relowner::regrole::text from pg_catalog.pg_class "
            "where oid = 'slipway.rollback_log'::regclass")) {
        to.exec("alter table slipway.rollback_log owner to " + *owner);
    }
}

} // namespace

void note(pg::Connection& connection, Rollback const& rollback) {
    ensure_table(connection, table, create);
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
    constexpr std::string_view there = "select to_regclass('slipway.rollback_log') is not null";
    if (!from.exec(there).one_value<bool>()) {
        return 0;
    }
    bool const is_new = !to.exec(there).one_value<bool>();
    ensure_table(to, table, create);
    auto const rows = from.exec("select coalesce(jsonb_agg(to_jsonb(r)), '[]')::text "
                                "from slipway.rollback_log r")
                          .one_value<std::string>();
    auto const copied = to.exec(
                              "insert into slipway.rollback_log select r.* from "
                              "jsonb_populate_recordset(null::slipway.rollback_log, $1::jsonb) r "
                              "on conflict (id) do nothing",
                              {rows})
                            .affected();
    if (is_new) {
        take_over_owners(from, to);
    }
    return copied;
}

} // namespace slipway::ledger
