// SPDX-License-Identifier: Apache-2.0
#include "pg/quote.hpp"
#include "privileges.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

using Amiss = Findings::Amiss;

constexpr int first_with_collation_version = 150'000;

void look_at_text(Findings& findings, pg::Connection& db) {
    findings.attempt("database.encoding", [&] {
        auto const encoding = db.exec("select pg_encoding_to_char(encoding) from pg_database"
                                      " where datname = current_database()")
                                  .one_value<std::string>();
        encoding == "UTF8" ? findings.passed("database.encoding", encoding)
                           : findings.warned("database.encoding", "its encoding is " + encoding);
    });
    if (db.server_version() < first_with_collation_version) {
        findings.skipped("database.collation", "this server does not keep the version");
        return;
    }
    findings.attempt("database.collation", [&] {
        auto const row = db.exec("select datcollversion, pg_database_collation_actual_version(oid),"
                                 " quote_ident(datname) from pg_database"
                                 " where datname = current_database()");
        auto const kept = row[0].get<std::optional<std::string>>(0);
        auto const actual = row[0].get<std::optional<std::string>>(1);
        auto const name = row[0].get<std::string>(2);
        !kept || kept == actual
            ? findings.passed("database.collation", kept.value_or("it has no version"))
            : findings.warned(
                  "database.collation",
                  fmt::format("built with {}, the server has {}", *kept, actual.value_or("none")),
                  fmt::format(
                      "reindex database {0}; alter database {0} refresh collation version;", name));
    });
}

void look_at_sessions(Look const& look, Findings& findings, pg::Connection& db) {
    findings.attempt("database.statement_timeout", [&] {
        auto const rows = db.exec(
            "select trim(split_part(c, '=', 1)) || ' is ' || split_part(c, '=', 2), case when"
            " s.setrole = 0 then format('alter database %I reset %I;', current_database(),"
            " split_part(c, '=', 1)) when s.setdatabase = 0 then format('alter role %I reset %I;',"
            " current_user, split_part(c, '=', 1)) else format('alter role %I in database %I reset"
            " %I;', current_user, current_database(), split_part(c, '=', 1)) end"
            " from pg_db_role_setting s, unnest(s.setconfig) c where split_part(c, '=', 1) in"
            " ('statement_timeout', 'transaction_timeout') and split_part(c, '=', 2) <> '0'"
            " and s.setdatabase in (0, (select oid from pg_database where datname ="
            " current_database())) and s.setrole in (0, (select oid from pg_roles where rolname ="
            " current_user)) order by 1");
        findings.none_of(
            "database.statement_timeout",
            first_column(rows),
            "none does",
            Amiss::warns,
            rows.empty() ? "" : rows[0].get<std::string>(1));
    });
    findings.attempt("database.idle_in_transaction", [&] {
        auto const rows = db.exec(
            "select format('pid %s (%s)', pid, coalesce(nullif(application_name, ''), usename)),"
            " format('select pg_terminate_backend(%s);', pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
            " and state like 'idle in transaction%'"
            " and state_change < now() - $1::float8 * interval '1 millisecond' order by"
            " state_change",
            {static_cast<double>(look.options.transaction_age.count())});
        findings.none_of(
            "database.idle_in_transaction",
            first_column(rows),
            "none does",
            Amiss::fails,
            rows.empty() ? "" : rows[0].get<std::string>(1));
    });
}

void look_at_sequences(Findings& findings, pg::Connection& db) {
    findings.attempt("database.sequences", [&] {
        auto const rows = db.exec(
            "select format('%s.%s at %s of %s', schemaname, sequencename, last_value, max_value),"
            " format('alter sequence %I.%I as bigint;', schemaname, sequencename) from pg_sequences"
            " where increment_by > 0 and not cycle and last_value > max_value * 0.75 order by 1");
        findings.none_of(
            "database.sequences",
            first_column(rows),
            "none is",
            Amiss::warns,
            rows.empty() ? "" : "The column alike: " + rows[0].get<std::string>(1));
    });
}

void look_at_extensions(Look const& look, Findings& findings, pg::Connection& db) {
    if (look.options.extensions.empty()) {
        findings.skipped("database.extensions", "none named with --require-extension");
        return;
    }
    findings.attempt("database.extensions", [&] {
        std::vector<std::string> missing;
        std::string create;
        for (auto const& name : look.options.extensions) {
            auto const row = db.exec(
                "select exists (select from pg_extension where extname = $1),"
                " exists (select from pg_available_extensions where name = $1)",
                {name});
            if (row[0].get<bool>(0)) {
                continue;
            }
            bool const available = row[0].get<bool>(1);
            missing.push_back(
                name + (available ? " is not created" : " is not on the server's machine"));
            create += available ? fmt::format("create extension {};", pg::quote_identifier(name))
                                : fmt::format("Install the package of {} on the server. ", name);
        }
        findings.none_of("database.extensions", missing, "they are", Amiss::fails, create);
    });
}

} // namespace

void look_at_state(Look const& look, Findings& findings, pg::Connection& db) {
    look_at_text(findings, db);
    look_at_sessions(look, findings, db);
    look_at_sequences(findings, db);
    look_at_extensions(look, findings, db);
}

} // namespace slipway::preflight
