// SPDX-License-Identifier: Apache-2.0
#include "migration/listed.hpp"

#include "ledger/schema.hpp"
#include "migration/rows.hpp"

#include <algorithm>
#include <map>

namespace slipway::migration {

namespace {

constexpr char const* attempts = "slipway.migration_attempts";

// A role that only looks may lack the right to read the log, which is no part of the history.
bool log_is_readable(pg::Connection& connection) {
    return connection
        .exec("select coalesce(bool_or(has_schema_privilege(n.oid, 'usage')"
              " and has_table_privilege(c.oid, 'select')), false)"
              " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
              " where n.nspname = 'slipway' and c.relname = 'execution_log'")
        .one_value<bool>();
}

// Where a history has no checksums, slipway.execution_log has those of what we applied: a row of
// the history is ours where the same transaction has written both. One that the layout's own
// program wrote since has another xmin; after a restore nothing is known.
void take_checksums(pg::Connection& connection, std::string const& table, History& history) {
    bool const wanted =
        std::any_of(history.entries.begin(), history.entries.end(), [](Entry const& entry) {
            return entry.checksum.empty() && !entry.written_by.empty();
        });
    if (!wanted || !log_is_readable(connection)) {
        return;
    }
    std::map<std::pair<std::string, std::string>, std::string> known;
    for (auto const row : connection.exec(
             "select version, mod(written_by::text::numeric, 4294967296)::text, checksum"
             " from slipway.execution_log where history = $1"
             " and outcome in ('applied', 'baselined', 'resolved')",
             {table})) {
        known[{row.get<std::string>(0), row.get<std::string>(1)}] = row.get<std::string>(2);
    }
    for (auto& entry : history.entries) {
        auto const found = known.find({entry.id, entry.written_by});
        if (entry.checksum.empty() && found != known.end()) {
            entry.checksum = found->second;
        }
    }
}

} // namespace

History ListedLedger::read(pg::Connection& connection) const {
    auto history = read_list(connection);
    take_checksums(connection, table(), history);
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
    pg::Send const& send,
    File const& file,
    Attempt const& attempt,
    std::optional<time::Milliseconds> took) const {
    // now() is when the transaction began.
    constexpr std::string_view since_then =
        "(1000 * extract(epoch from clock_timestamp() - now()))::integer";
    insert(send, file, attempt, took ? std::to_string(took->count()) : std::string{since_then});
    if (attempt.span == Span::several) {
        send("delete from slipway.migration_attempts where key = $1", {attempt.key});
    }
}

void ListedLedger::note(pg::Connection& connection, std::string_view key, std::string_view log)
    const {
    connection.exec("update slipway.migration_attempts set log = $2 where key = $1", {key, log});
}

void ListedLedger::roll_back(pg::Send const& send, std::string_view key) const {
    send(
        "update slipway.migration_attempts set rolled_back_at = clock_timestamp() where key = $1",
        {key});
}

void ListedLedger::adopt(pg::Send const& send, File const& file, Attempt const& attempt) const {
    insert(send, file, attempt, "0");
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
