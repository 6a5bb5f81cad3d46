// SPDX-License-Identifier: Apache-2.0
#include "shadow_copy.hpp"

#include "backup/client.hpp"
#include "pg/copy.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "proc/command.hpp"
#include "shadow_server.hpp"
#include "signal/stop.hpp"
#include "sql/classify.hpp"
#include "sql/split.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

// What is in flight on the server ends within this time, and the record must follow it.
constexpr time::Milliseconds grace{1500};

std::string complaint_of(proc::Outcome const& outcome) {
    std::vector<std::string> out;
    for (auto const line : text::lines(outcome.error_tail)) {
        out.push_back(text::printable_line(text::trim(line)));
    }
    return fmt::format("pg_dump ended with {}: {}", outcome.how(), text::join(out, "; "));
}

Error dump_error(proc::Outcome const& outcome) {
    std::string const complaint = complaint_of(outcome);
    std::string hint{ways_without_shadow};
    bool const waited = complaint.find("timeout") != std::string::npos &&
                        complaint.find("LOCK TABLE") != std::string::npos;
    if (waited) {
        hint =
            "Another session holds a table of the target: wait until it has ended, or allow more "
            "with --lock-timeout.";
    } else if (complaint.find("permission denied") != std::string::npos) {
        hint = "Grant the role what is missing: pg_read_all_data reads every table. " + hint;
    } else if (complaint.find("connection to server") != std::string::npos) {
        return Error{
            ErrorKind::unavailable, complaint, "See whether the server takes connections."};
    }
    return Error{ErrorKind::refused, "the schema cannot be copied: " + complaint, hint};
}

// The role may be not the one that may do this, or a role is not on that server; the schema is
// there all the same.
bool is_right_of_somebody(sql::Statement const& statement, std::string_view command) {
    constexpr std::array<std::string_view, 6> rights{
        "GRANT", "REVOKE", "ALTER DEFAULT PRIVILEGES", "COMMENT", "SET SESSION", "RESET SESSION"};
    return std::any_of(
               rights.begin(),
               rights.end(),
               [&](std::string_view word) { return command.starts_with(word); }) ||
           statement.text.find(" OWNER TO ") != std::string_view::npos;
}

bool says_not_allowed(Error const& error) {
    constexpr std::array<std::string_view, 4> states{"42501", "42704", "0LP01", "0P000"};
    return std::find(states.begin(), states.end(), error.sqlstate()) != states.end();
}

// Passwords of other servers have no business in a rehearsal, which then cannot reach them either.
bool stays_behind(std::string_view command) {
    return command == "CREATE USER MAPPING" || command == "ALTER USER MAPPING";
}

LeftOut load(std::string const& dump, pg::Connection& connection) {
    LeftOut out;
    for (auto const& statement : sql::split(dump, "pg_dump")) {
        std::string_view const command = statement.kind == sql::Statement::Kind::meta
                                             ? ""
                                             : sql::classify(statement.text).command;
        if (command.empty()) {
            continue; // \restrict
        }
        std::string const words = text::shorten(text::printable_line(statement.text), 200);
        if (stays_behind(command)) {
            out.push_back("a user mapping of a foreign server");
            continue;
        }
        try {
            connection.exec(statement.text);
        } catch (pg::ServerError const& error) {
            if (is_right_of_somebody(statement, command) && says_not_allowed(error)) {
                out.push_back(words);
                continue;
            }
            throw Error{
                ErrorKind::refused,
                fmt::format(
                    "the schema cannot be copied: {} (SQLSTATE {}) in: {}",
                    error.message(),
                    error.sqlstate(),
                    words),
                std::string{ways_without_shadow}};
        }
    }
    return out;
}

// The schema public of a new database is not in a dump of one that has none.
void drop_public(Session& target, pg::Connection& connection) {
    bool const has_it =
        target.connection.exec("select to_regnamespace('public') is not null").one_value<bool>();
    if (!has_it) {
        connection.exec("drop schema if exists public");
    }
}

// A dump of the schema alone leaves them unfilled, and one may look at another.
void fill_materialized_views(pg::Connection& connection) {
    std::size_t left = 0;
    do {
        auto const empty = connection.exec(
            "select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c "
            "join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind = 'm' and not c.relispopulated");
        if (empty.rows() == left) {
            return;
        }
        left = empty.rows();
        for (auto const row : empty) {
            try {
                connection.exec("refresh materialized view " + row.get<std::string>(0));
            } catch (pg::ServerError const&) { // NOLINT(bugprone-empty-catch)
                // It waits for another one, or its functions want rows.
            }
        }
    } while (left > 0);
}

// The tables of a history: all of its schema where that is the tool's own, but for logs. Those of
// sqitch refer to its projects first, then to its changes.
std::vector<std::string> history_tables(Session& target) {
    std::vector<std::string> out;
    auto const found = target.connection.exec(
        R"(
select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace,
lateral (select h.relnamespace as schema, h.oid from pg_class h where h.oid = to_regclass($1)
         union all select to_regnamespace('slipway'), null) h
where c.relkind = 'r' and (c.oid = h.oid or n.oid = h.schema and c.relname not like '%\_log'
                           and n.nspname in ('slipway', 'drizzle', 'sqitch', 'supabase_migrations'))
group by 1, c.relname order by c.relname <> 'projects', 1)",
        {target.ledger->table()});
    for (auto const row : found) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

void copy_rows(pg::Connection& from, pg::Connection& to, std::string const& table) {
    {
        pg::CopyOut rows{from, "copy " + table + " to stdout"};
        pg::CopyIn copy{to, "copy " + table + " from stdin"};
        std::string chunk;
        while (rows.read(chunk)) {
            copy.write(chunk);
        }
        copy.finish();
    }
    auto const sequences = from.exec(
        "select distinct quote_ident(n.nspname) || '.' || quote_ident(s.relname) from pg_depend d "
        "join pg_class s on s.oid = d.objid and s.relkind = 'S' "
        "join pg_namespace n on n.oid = s.relnamespace "
        "where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass "
        "and d.refobjid = $1::regclass and d.deptype in ('a', 'i')",
        {table});
    for (auto const row : sequences) {
        auto const sequence = row.get<std::string>(0);
        auto const place = from.exec("select last_value, is_called from " + sequence).one_row();
        to.exec(
            "select setval($1::regclass, $2, $3)",
            {sequence, place.get<std::int64_t>(0), place.get<bool>(1)});
    }
}

bool same(migration::Standing const& a, migration::Standing const& b) {
    return std::equal(
        a.items.begin(),
        a.items.end(),
        b.items.begin(),
        b.items.end(),
        [](migration::Item const& x, migration::Item const& y) {
            return x.id == y.id && x.state == y.state && x.entry.log == y.entry.log &&
                   x.entry.finished_at == y.entry.finished_at;
        });
}

void require_same_history(Session& target) {
    auto const now = migration::compare(target.folder, target.ledger->read(target.connection));
    if (same(target.standing, now)) {
        return;
    }
    auto const holder = pg::holder_of(target.connection, pg::deployment_lock);
    throw Error{
        ErrorKind::refused,
        fmt::format(
            "the history of migrations changed while the schema was copied{}",
            holder ? fmt::format(": {} (pid {}) is applying", holder->application_name, holder->pid)
                   : ""),
        "Wait until the other runner has ended, then run this again."};
}

std::string
run_dump(pg::ConnInfo const& where, int major, std::string const& more, Session const& target) {
    auto const& context = target.context;
    proc::Command command;
    command.program = pg_dump_for(target, major).string();
    // A name alone would be read as a connection string where it holds `=`.
    command.arguments = {
        "--dbname=dbname='" +
            text::replace_all(text::replace_all(where.database(), "\\", "\\\\"), "'", "\\'") + "'",
        "--schema-only",
        "--no-password",
        "--no-subscriptions",
        "--no-security-labels",
        "--no-tablespaces",
        fmt::format("--lock-wait-timeout={}", target.options.lock_timeout.count()),
        more};
    command.environment = where.libpq_environment();
    command.environment.emplace_back("LC_ALL", "C");
    command.environment.emplace_back("PGCLIENTENCODING", "UTF8");
    command.environment.emplace_back(
        "PGAPPNAME", fmt::format("slipway/migrate-apply/{}", context.record.run.id).substr(0, 63));
    command.remove_environment = {
        "DATABASE_URL",
        "SHADOW_DATABASE_URL",
        "SLIPWAY_MIGRATE_APPLY_DATABASE_URL",
        "SLIPWAY_MIGRATE_APPLY_SHADOW_DATABASE_URL"};
    command.grace = grace;
    auto const outcome = proc::run(command, context.stop);
    signal::throw_if_stopped(context.stop);
    if (!outcome.ok()) {
        throw dump_error(outcome);
    }
    return outcome.output;
}

} // namespace

fs::Path pg_dump_for(Session const& target, int major) {
    try {
        return backup::find_client("pg_dump", major, target.context.stop).path;
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::unavailable && error.kind() != ErrorKind::refused) {
            throw;
        }
        throw Error{
            ErrorKind::refused, "the schema cannot be copied: " + error.message(), error.hint()};
    }
}

std::string schema_dump(Session const& target, ShadowPlace const& place) {
    return run_dump(place.filler(), place.major(), "--exclude-schema=slipway", target);
}

LeftOut copy_schema(Session& target, ShadowPlace const& place) {
    auto scratch = pg::Connection::open(place.filler(), target::limits(target.context));
    scratch.exec("set synchronous_commit = off");
    LeftOut out = place.left_out();
    {
        // Schema and rows of one moment.
        pg::Transaction moment{
            target.connection, "begin isolation level repeatable read, read only"};
        auto const snapshot = moment.exec("select pg_export_snapshot()").one_value<std::string>();
        drop_public(target, scratch);
        auto const dump = run_dump(
            target.where,
            target.connection.server_version() / 10'000,
            "--snapshot=" + snapshot,
            target);
        auto const left = load(dump, scratch);
        out.insert(out.end(), left.begin(), left.end());
        scratch.exec("reset all");
        scratch.exec("set statement_timeout = 0");
        for (auto const& table : history_tables(target)) {
            copy_rows(target.connection, scratch, table);
        }
        moment.rollback();
    }
    fill_materialized_views(scratch);
    require_same_history(target);
    return out;
}

} // namespace slipway::migrate_apply
