// SPDX-License-Identifier: Apache-2.0
#include "journal.hpp"

#include "error/error.hpp"
#include "ledger/schema.hpp"
#include "pg/sqlstate.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

constexpr std::string_view create_run = R"(
create table if not exists slipway.links_run (
  id bigint generated always as identity primary key,
  mapping text not null,
  checksum text not null,
  state text not null check (state in ('running', 'finished', 'rolling_back', 'rolled_back')),
  last_key text,
  counts jsonb not null,
  runner text not null,
  started_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz
))";

// Keys arrive in their order, so that the index grows at its end.
constexpr std::string_view create_row = R"(
create table if not exists slipway.links_row (
  mapping text collate "C" not null,
  source_key text collate "C" not null,
  item bytea not null,
  target_id text not null,
  content bytea not null,
  run bigint not null,
  primary key (mapping, source_key, item)
))";

constexpr std::string_view columns =
    "id, checksum, state, last_key, counts, started_at::text, coalesce(finished_at::text, ''),"
    " runner";

Run run_of(pg::Result::Row const& row) {
    Run out;
    out.id = row.get<std::int64_t>(0);
    out.checksum = row.get<std::string>(1);
    out.state = row.get<std::string>(2);
    out.last_key = row.get<std::optional<std::string>>(3);
    out.tally = tally_from(json::parse(row.text(4), "slipway.links_run.counts"));
    out.started_at = row.get<std::string>(5);
    out.finished_at = row.get<std::string>(6);
    out.runner = row.get<std::string>(7);
    return out;
}

} // namespace

Journal journal_of(pg::Connection& connection) {
    constexpr std::string_view sql = R"(
select case when to_regnamespace('slipway') is null then 'absent'
            when not has_schema_privilege('slipway', 'usage') then 'forbidden'
            when to_regclass('slipway.links_run') is null
                 or to_regclass('slipway.links_row') is null then 'absent'
            when has_table_privilege('slipway.links_run', 'select')
                 and has_table_privilege('slipway.links_row', 'select') then 'readable'
            else 'forbidden' end)";
    auto const word = connection.exec(sql).one_value<std::string>();
    return word == "absent"     ? Journal::absent
           : word == "readable" ? Journal::readable
                                : Journal::forbidden;
}

void ensure_journal(pg::Connection& connection) {
    try {
        ledger::ensure_table(connection, "links_run", create_run);
        ledger::ensure_table(connection, "links_row", create_row);
    } catch (pg::ServerError const& error) {
        if (error.sqlstate() != pg::sqlstate::insufficient_privilege) {
            throw;
        }
        throw Error{
            ErrorKind::refused,
            fmt::format("this role may not make the ledger's tables: {}", error.message()),
            "As an administrator: create schema slipway authorization <the role>."}
            .with_sqlstate(error.sqlstate());
    }
}

std::vector<Run> runs_of(pg::Connection& connection, std::string const& mapping) {
    auto const found = connection.exec(
        fmt::format(
            "select {} from slipway.links_run where mapping = $1 order by id desc", columns),
        {mapping});
    std::vector<Run> out;
    for (auto const& row : found) {
        out.push_back(run_of(row));
    }
    return out;
}

Run begin_run(
    pg::Connection& connection,
    std::string const& mapping,
    std::string const& checksum,
    std::string const& runner) {
    auto const made = connection.exec(
        fmt::format(
            "insert into slipway.links_run (mapping, checksum, state, counts, runner)"
            " values ($1, $2, 'running', $3, $4) returning {}",
            columns),
        {mapping, checksum, json::write(to_json(Tally{})), runner});
    return run_of(made.one_row());
}

void note_progress(pg::Connection& connection, Run const& run) {
    auto const done = connection.exec(
        "update slipway.links_run set last_key = $2, counts = $3, updated_at = now()"
        " where id = $1 and state = 'running'",
        {run.id, run.last_key, json::write(to_json(run.tally))});
    if (done.affected() != 1) {
        throw Error{
            ErrorKind::refused,
            fmt::format("run {} was ended by somebody else", run.id),
            "See links-migrate status."};
    }
}

void finish_run(pg::Connection& connection, std::int64_t id) {
    connection.exec(
        "update slipway.links_run set state = 'finished', updated_at = now(), finished_at = now()"
        " where id = $1 and state = 'running'",
        {id});
}

void mark_runs(pg::Connection& connection, std::string const& mapping, std::string const& state) {
    connection.exec(
        "update slipway.links_run set state = $2, updated_at = now()"
        " where mapping = $1 and state <> 'rolled_back'",
        {mapping, state});
}

} // namespace slipway::links_migrate
