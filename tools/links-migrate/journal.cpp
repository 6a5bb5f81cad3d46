// SPDX-License-Identifier: Apache-2.0
#include "journal.hpp"

#include "error/error.hpp"
#include "ledger/schema.hpp"
#include "pg/sqlstate.hpp"
#include "pg/transaction.hpp"

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
  runner text not null,
  started_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  finished_at timestamptz
))";

// A row a worker's range: its checkpoint, so that workers do not wait for each other's.
constexpr std::string_view create_part = R"(
create table if not exists slipway.links_part (
  run bigint not null references slipway.links_run,
  part integer not null,
  after_key text,
  to_key text,
  last_key text,
  done boolean not null default false,
  counts jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (run, part)
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

constexpr std::string_view run_columns =
    "id, checksum, state, started_at::text, coalesce(finished_at::text, ''), runner";
constexpr std::string_view part_columns =
    "p.run, p.part, p.after_key, p.to_key, p.last_key, p.done, p.counts::text";

Run run_of(pg::Result::Row const& row) {
    Run out;
    out.id = row.get<std::int64_t>(0);
    out.checksum = row.get<std::string>(1);
    out.state = row.get<std::string>(2);
    out.started_at = row.get<std::string>(3);
    out.finished_at = row.get<std::string>(4);
    out.runner = row.get<std::string>(5);
    return out;
}

Part part_of(pg::Result::Row const& row) {
    Part out;
    out.number = static_cast<int>(row.get<std::int64_t>(1));
    out.after = row.get<std::optional<std::string>>(2);
    out.to = row.get<std::optional<std::string>>(3);
    out.last_key = row.get<std::optional<std::string>>(4);
    out.done = row.get<bool>(5);
    out.tally = tally_from(json::parse(row.text(6), "slipway.links_part.counts"));
    return out;
}

} // namespace

Journal journal_of(pg::Connection& connection) {
    constexpr std::string_view sql = R"(
select case when to_regnamespace('slipway') is null then 'absent'
            when not has_schema_privilege('slipway', 'usage') then 'forbidden'
            when to_regclass('slipway.links_run') is null
                 or to_regclass('slipway.links_part') is null
                 or to_regclass('slipway.links_row') is null then 'absent'
            when has_table_privilege('slipway.links_run', 'select')
                 and has_table_privilege('slipway.links_part', 'select')
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
        ledger::ensure_table(connection, "links_part", create_part);
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
    std::vector<Run> out;
    auto const runs = connection.exec(
        fmt::format(
            "select {} from slipway.links_run where mapping = $1 order by id desc", run_columns),
        {mapping});
    for (auto const& row : runs) {
        out.push_back(run_of(row));
    }
    auto const parts = connection.exec(
        fmt::format(
            "select {} from slipway.links_part p join slipway.links_run r on r.id = p.run"
            " where r.mapping = $1 order by p.run, p.part",
            part_columns),
        {mapping});
    for (auto const& row : parts) {
        auto const id = row.get<std::int64_t>(0);
        for (auto& run : out) {
            if (run.id == id) {
                run.parts.push_back(part_of(row));
            }
        }
    }
    return out;
}

Run begin_run(
    pg::Connection& connection,
    std::string const& mapping,
    std::string const& checksum,
    std::string const& runner,
    std::vector<Part> parts) {
    pg::Transaction transaction{connection};
    auto const made = connection.exec(
        fmt::format(
            "insert into slipway.links_run (mapping, checksum, state, runner)"
            " values ($1, $2, 'running', $3) returning {}",
            run_columns),
        {mapping, checksum, runner});
    auto out = run_of(made.one_row());
    for (auto const& part : parts) {
        connection.exec(
            "insert into slipway.links_part (run, part, after_key, to_key, counts)"
            " values ($1, $2, $3, $4, $5)",
            {out.id, part.number, part.after, part.to, json::write(to_json(part.tally))});
    }
    transaction.commit();
    out.parts = std::move(parts);
    return out;
}

Part lock_part(pg::Connection& connection, std::int64_t run, int number) {
    auto const found = connection.exec(
        fmt::format(
            "select {} from slipway.links_part p join slipway.links_run r on r.id = p.run"
            " where p.run = $1 and p.part = $2 and r.state = 'running'"
            " for update of p for share of r",
            part_columns),
        {run, number});
    if (found.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("run {} was ended by somebody else", run),
            "See links-migrate status."};
    }
    return part_of(found.one_row());
}

void note_part(pg::Connection& connection, std::int64_t run, Part const& part) {
    connection.exec(
        "update slipway.links_part set last_key = $3, done = $4, counts = $5, updated_at = now()"
        " where run = $1 and part = $2",
        {run, part.number, part.last_key, part.done, json::write(to_json(part.tally))});
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

Tally Run::tally() const {
    Tally out;
    for (auto const& part : parts) {
        out.add(part.tally);
    }
    return out;
}

} // namespace slipway::links_migrate
