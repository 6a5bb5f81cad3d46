// SPDX-License-Identifier: Apache-2.0
#include "ledger_key.hpp"
#include "migrate.hpp"
#include "pg/quote.hpp"
#include "progress/progress.hpp"
#include "text/join.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::links_migrate {

namespace {

// A place in the ledger's order.
struct Place {
    std::string key;
    std::string item;
};

struct Undone {
    std::int64_t removed = 0;
    std::int64_t changed = 0; // kept
    std::int64_t gone = 0;
    std::vector<std::string> kept; // ids of some of the changed ones
};

std::string range_of(Mapping const& mapping, Tables const& tables) {
    auto const parent = pg::quote_identifier(mapping.parent);
    // Read by the parent's index: planners without statistics would read the whole table a batch.
    if (tables.key_type == "text") {
        return fmt::format("t.{} = any (array(select source_key from part))", parent);
    }
    // There is no min(uuid) before PostgreSQL 18; the order of the ledger's texts is the same.
    auto const bound = [&](std::string_view which) {
        return fmt::format(
            "(select {} from (select {}(source_key) as k from part) b)",
            key_of_ledger("k", tables.key_type),
            which);
    };
    return fmt::format("t.{} between {} and {}", parent, bound("min"), bound("max"));
}

// The notes of rows that stay are kept too: what the application changed or removed is its own, and
// a later run shall not write it again.
std::string statement(Mapping const& mapping, Tables const& tables, bool dry) {
    auto const id = pg::quote_identifier(mapping.id);
    auto const range = range_of(mapping, tables);
    std::string const rows = fmt::format(
        "t.{} = p.target_id::{} and {} = p.content and {}",
        id,
        tables.id_type,
        content_sql(mapping),
        range);
    std::string const doomed =
        dry ? fmt::format("select t.{} as id from {} t, part p where {}", id, tables.target, rows)
            : fmt::format(
                  "delete from {1} t using part p where {2} returning t.{0} as id",
                  id,
                  tables.target,
                  rows);
    return fmt::format(
        R"sql(
with part as materialized (
  select source_key, item, target_id, content from slipway.links_row
  where mapping = $1 and (source_key, item) > ($2, $3::bytea)
  order by source_key, item limit $4
),
removed as ({}),
forgotten as ({}),
kept as (
  select p.target_id from part p join {} t on t.{} = p.target_id::{} and {}
  where not exists (select from removed r where r.id = t.{})
)
select (select count(*) from part), (select count(*) from removed), (select count(*) from kept),
       (select coalesce(json_agg(target_id), '[]') from (select target_id from kept limit 10) k),
       (select source_key from part order by source_key desc, item desc limit 1),
       (select item::text from part order by source_key desc, item desc limit 1))sql",
        doomed,
        dry ? "select 1"
            : fmt::format(
                  "delete from slipway.links_row w using part p, removed r where w.mapping = $1 "
                  "and w.source_key = p.source_key and w.item = p.item and p.target_id::{} = r.id",
                  tables.id_type),
        tables.target,
        id,
        tables.id_type,
        range,
        id);
}

// False where nothing is left behind that place.
bool undo_batch(Session& session, std::string const& sql, Place& place, Undone& undone) {
    session.connection.exec("set local enable_nestloop = off");
    auto const answer = session.connection.exec(
        sql, {session.mapping.name, place.key, place.item, session.options.batch});
    auto const row = answer.one_row();
    auto const looked_at = row.get<std::int64_t>(0);
    if (looked_at == 0) {
        return false;
    }
    auto const removed = row.get<std::int64_t>(1);
    auto const kept = row.get<std::int64_t>(2);
    undone.removed += removed;
    undone.changed += kept;
    undone.gone += looked_at - removed - kept;
    constexpr std::size_t most = 10;
    for (auto const& id : json::parse(row.text(3), "ids")) {
        if (undone.kept.size() < most) {
            undone.kept.push_back(id.get<std::string>());
        }
    }
    place = {row.get<std::string>(4), row.get<std::string>(5)};
    return true;
}

void tell(Session& session, Undone const& undone, bool dry) {
    auto& data = *session.context.record.data;
    data["rollback"] = {
        {"removed", undone.removed},
        {"kept_changed", undone.changed},
        {"already_gone", undone.gone},
        {"kept_ids", undone.kept}};
    if (undone.changed > 0) {
        session.check(
            "rollback.kept",
            "No written row was changed since",
            record::CheckStatus::warned,
            record::Severity::minor,
            fmt::format(
                "{} changed since and kept: {}{}",
                text::counted(static_cast<std::size_t>(undone.changed), "row"),
                text::join(undone.kept, ", "),
                undone.kept.size() < static_cast<std::size_t>(undone.changed) ? ", …" : ""),
            "They are the application's now; remove them by hand where they should go.");
    }
    session.context.record.summary = fmt::format(
        "{} {}, {} kept that were changed since, {} were gone already",
        dry ? "would remove" : "removed",
        text::counted(static_cast<std::size_t>(undone.removed), "row"),
        undone.changed,
        undone.gone);
}

// Fewer rows than the batches say where rows were removed meanwhile: an estimate for the bar.
std::uint64_t noted_rows(Session& session) {
    return static_cast<std::uint64_t>(
        session.connection
            .exec(
                "select count(*) from slipway.links_row where mapping = $1", {session.mapping.name})
            .one_value<std::int64_t>());
}

void rehearse_rollback(Session& session, std::string const& sql) {
    pg::Transaction transaction{
        session.connection, "begin transaction isolation level repeatable read, read only"};
    session.settle(session.connection);
    Undone undone;
    Place place;
    while (undo_batch(session, sql, place, undone)) {
    }
    transaction.rollback();
    tell(session, undone, true);
}

void remove_rows(Session& session, std::string const& sql) {
    mark_runs(session.connection, session.mapping.name, "rolling_back");
    Undone undone;
    progress::Progress bar{
        session.context.log, "removing rows", progress::Unit::count, noted_rows(session)};
    Place place;
    try {
        for (bool more = true; more;) {
            auto const started = session.context.clock.steady();
            with_retry(session, [&] {
                Undone so_far = undone;
                Place next = place;
                pg::Transaction transaction{session.connection};
                session.settle(session.connection);
                more = undo_batch(session, sql, next, so_far);
                transaction.commit();
                undone = std::move(so_far);
                place = std::move(next);
            });
            bar.at(static_cast<std::uint64_t>(undone.removed + undone.changed + undone.gone));
            session.rest(session.context.clock.steady() - started);
        }
    } catch (...) {
        tell(session, undone, false);
        throw;
    }
    mark_runs(session.connection, session.mapping.name, "rolled_back");
    if (session.options.throttle > 0) {
        (*session.context.record.data)["throttle"] = session.pauses.told();
    }
    tell(session, undone, false);
}

void refuse_cascade(Tables const& tables) {
    if (!tables.cascading.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format(
                "rows of {} refer to {} and would go or change with it",
                tables.cascading,
                tables.target),
            "The foreign key has ON DELETE CASCADE or SET NULL: deal with those rows first."};
    }
}

} // namespace

void roll_back(Session& session) {
    bool const dry = !session.options.dry_run.empty();
    std::optional<pg::AdvisoryLock> lock;
    if (!dry) {
        lock = session.lock();
    }
    auto const journal = journal_of(session.connection);
    if (journal == Journal::forbidden) {
        throw Error{
            ErrorKind::refused,
            "this role may not read the ledger in schema slipway",
            "Use the role that ran links-migrate."};
    }
    if (journal == Journal::absent || runs_of(session.connection, session.mapping.name).empty()) {
        session.context.record.summary = "links-migrate has not run here: nothing to remove";
        session.context.record.status = record::Status::skipped;
        return;
    }
    auto const tables = session.tables(dry ? Use::read : Use::remove);
    refuse_cascade(tables);
    auto const sql = statement(session.mapping, tables, dry);
    if (dry) {
        rehearse_rollback(session, sql);
        return;
    }
    session.context.confirm(fmt::format(
        "Remove the rows that links-migrate wrote to {} on {}?", tables.target, session.place()));
    remove_rows(session, sql);
}

} // namespace slipway::links_migrate
