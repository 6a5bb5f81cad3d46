// SPDX-License-Identifier: Apache-2.0
#include "migration/listed.hpp"

#include "ledger/schema.hpp"
#include "migration/rows.hpp"

#include <algorithm>

namespace slipway::migration {

namespace {

constexpr char const* attempts = "slipway.migration_attempts";

} // namespace

History ListedLedger::read(pg::Connection& connection) const {
    auto history = read_list(connection);
    if (!table_exists(connection, attempts)) {
        return history;
    }
    for (auto const row : connection.exec(
             "select key, id, checksum, started_at, log, rolled_back_at is not null"
             " from slipway.migration_attempts where history = $1 order by started_at",
             {table()})) {
        Entry entry;
        entry.key = row.get<std::string>(0);
        entry.id = row.get<std::string>(1);
        entry.checksum = row.get<std::string>(2);
        entry.started_at = row.get<std::string>(3);
        entry.log = row.get<std::optional<std::string>>(4).value_or("");
        entry.rolled_back = row.get<bool>(5);
        // What failed in ours may have been brought to its end by the layout's own program.
        bool const applied_since =
            std::any_of(history.entries.begin(), history.entries.end(), [&](Entry const& other) {
                return other.finished && !other.rolled_back && other.id == entry.id;
            });
        if (!applied_since && still_counts(entry, history)) {
            // Where the layout's own table says, too, that it is not finished, ours says more.
            std::erase_if(history.entries, [&](Entry const& other) {
                return !other.finished && !entry.rolled_back && other.id == entry.id &&
                       other.log.empty();
            });
            history.entries.push_back(std::move(entry));
        }
    }
    return history;
}

void ListedLedger::start(pg::Connection& connection, File const& file, Attempt const& attempt)
    const {
    begin(connection, file, attempt);
    if (attempt.span == Span::one_transaction) {
        return;
    }
    ledger::ensure_table(
        connection,
        "migration_attempts",
        "create table if not exists slipway.migration_attempts ("
        "key text primary key, history text not null, id text not null, checksum text not null,"
        " started_at timestamptz not null default clock_timestamp(), rolled_back_at timestamptz,"
        " log text, run_id text, actor text, git_commit text)");
    connection.exec(
        "insert into slipway.migration_attempts"
        " (key, history, id, checksum, run_id, actor, git_commit)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        {attempt.key,
         table(),
         file.version,
         file.checksum,
         attempt.run_id,
         attempt.actor,
         attempt.commit});
}

void ListedLedger::finish(
    pg::Connection& connection,
    File const& file,
    Attempt const& attempt,
    time::Milliseconds took) const {
    insert(connection, file, attempt, took);
    if (attempt.span == Span::several) {
        connection.exec("delete from slipway.migration_attempts where key = $1", {attempt.key});
    }
}

void ListedLedger::note(pg::Connection& connection, std::string_view key, std::string_view log)
    const {
    connection.exec("update slipway.migration_attempts set log = $2 where key = $1", {key, log});
}

void ListedLedger::roll_back(pg::Connection& connection, std::string_view key) const {
    connection.exec(
        "update slipway.migration_attempts set rolled_back_at = clock_timestamp() where key = $1",
        {key});
}

void ListedLedger::adopt(pg::Connection& connection, File const& file, Attempt const& attempt)
    const {
    insert(connection, file, attempt, {});
}

std::string ListedLedger::noted_id(pg::Connection& connection, std::string_view key) {
    if (!table_exists(connection, attempts)) {
        return {};
    }
    auto const found =
        connection.exec("select id from slipway.migration_attempts where key = $1", {key});
    return found.empty() ? "" : found[0].get<std::string>(0);
}

} // namespace slipway::migration
