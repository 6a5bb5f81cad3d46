// SPDX-License-Identifier: Apache-2.0
#include "newer_migrations.hpp"

#include "error/error.hpp"
#include "migration/history.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace slipway::db_restore {

namespace {

using migration::Entry;

// What is applied, by one history table.
struct Applied {
    std::string layout;
    std::string table;
    std::vector<Entry> entries; // oldest first
};

// Of two programs whose tables have one name, the other's ledger refuses it.
std::vector<Applied> histories(pg::Connection& connection, tool::Context& context) {
    std::vector<Applied> out;
    for (auto const& layout : migration::layouts()) {
        auto const ledger = migration::ledger_of(layout, connection.target());
        try {
            auto history = ledger->read(connection);
            std::erase_if(history.entries, [](Entry const& entry) {
                return !entry.finished || entry.rolled_back;
            });
            // The two of Drizzle have one table, of which the second says whose it is.
            if (layout != "drizzle-1" || history.table_exists) {
                std::erase_if(out, [&](Applied const& other) {
                    return layout == "drizzle-1" && other.layout == "drizzle";
                });
                out.push_back({layout, ledger->table(), std::move(history.entries)});
            }
        } catch (pg::ServerError const& error) {
            context.log.warning(
                "a history of migrations cannot be read, so that none of it can be named",
                {{"table", ledger->table()}, {"cause", error.message()}});
        } catch (Error const& error) {
            if (error.kind() != ErrorKind::refused) {
                throw;
            }
        }
    }
    return out;
}

std::string words(Entry const& entry) {
    return entry.name.empty() ? entry.id : entry.name;
}

// When it was applied, as the session in UTC prints it: `2026-01-31 10:00:00.123+00`. A time
// without zone is one of the database's own time zone.
std::optional<time::Instant> time_of(pg::Connection& connection, Entry const& entry) {
    std::string text = text::replace_all(entry.finished_at, " ", "T");
    if (text.empty()) {
        return std::nullopt;
    }
    if (!text.ends_with("+00")) {
        text = connection
                   .exec(
                       "select pg_catalog.to_char($1::timestamp at time zone reset_val "
                       "at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"+00\"') "
                       "from pg_catalog.pg_settings where name = 'TimeZone'",
                       {entry.finished_at})
                   .one_value<std::string>();
    }
    return time::from_rfc3339(text + ":00");
}

// The versions that migrate-apply has noted as applied since, by history table.
std::map<std::string, std::set<std::string>>
noted_since(pg::Connection& connection, time::Instant since) {
    std::map<std::string, std::set<std::string>> out;
    bool const readable =
        connection
            .exec("select coalesce((select pg_catalog.has_table_privilege(c.oid, 'select') "
                  "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = "
                  "c.relnamespace where n.nspname = 'slipway' and c.relname = 'execution_log' "
                  "and pg_catalog.has_schema_privilege(n.oid, 'usage')), false)")
            .one_value<bool>();
    if (!readable) {
        return out;
    }
    for (auto const& row : connection.exec(
             "select history, version from slipway.execution_log "
             "where outcome = 'applied' and finished_at > $1::timestamptz",
             {time::to_rfc3339(since)})) {
        out[row.get<std::string>(0)].insert(row.get<std::string>(1));
    }
    return out;
}

// Of these the history has a row a migration, and no time at which that was applied.
bool is_a_plain_list(std::string_view layout) {
    return layout == "dbmate" || layout == "supabase" || layout == "drizzle";
}

std::size_t rows_in(backup::Manifest const& backup, std::string_view table) {
    for (auto const& one : backup.tables) {
        if (pg::qualified(one.schema, one.name) == table) {
            return one.data ? static_cast<std::size_t>(one.rows) : 0;
        }
    }
    return 0;
}

void add_since(
    pg::Connection& connection,
    Applied const& history,
    time::Instant since,
    backup::Manifest const* backup,
    std::set<std::string> const& noted,
    std::vector<std::string>& out) {
    bool const counted = is_a_plain_list(history.layout);
    auto const before =
        counted && backup != nullptr ? rows_in(*backup, history.table) : history.entries.size();
    for (std::size_t i = 0; i < history.entries.size(); ++i) {
        auto const& entry = history.entries[i];
        auto const at = counted ? std::nullopt : time_of(connection, entry);
        if (i >= before || (at && *at > since) || noted.contains(entry.id)) {
            out.push_back(words(entry));
        }
    }
}

} // namespace

std::vector<std::string> migrations_since(
    pg::Connection& connection,
    time::Instant since,
    backup::Manifest const* backup,
    tool::Context& context) {
    connection.exec("set timezone = 'UTC'; set datestyle = 'ISO'");
    std::vector<std::string> out;
    auto const noted = noted_since(connection, since);
    for (auto const& history : histories(connection, context)) {
        auto const versions = noted.find(history.table);
        add_since(
            connection,
            history,
            since,
            backup,
            versions == noted.end() ? std::set<std::string>{} : versions->second,
            out);
    }
    return out;
}

std::vector<std::string>
migrations_beyond(pg::Connection& live, pg::Connection& restored, tool::Context& context) {
    std::set<std::pair<std::string, std::string>> there;
    for (auto const& history : histories(restored, context)) {
        for (auto const& entry : history.entries) {
            there.emplace(history.layout, entry.id);
        }
    }
    std::vector<std::string> out;
    for (auto const& history : histories(live, context)) {
        for (auto const& entry : history.entries) {
            if (!there.contains({history.layout, entry.id})) {
                out.push_back(words(entry));
            }
        }
    }
    return out;
}

} // namespace slipway::db_restore
