// SPDX-License-Identifier: Apache-2.0
#include "privileges.hpp"

#include "catalog/identity.hpp"
#include "pg/quote.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

using Amiss = Findings::Amiss;

// Names as SQL writes them, for statements to type.
struct Names {
    std::string role;
    std::string database;
};

void look_at_object_rights(Findings& findings, pg::Connection& db, Names const& names) {
    findings.attempt("database.create", [&] {
        bool const may = db.exec("select has_database_privilege(current_database(), 'create')"
                                 " or exists (select from pg_namespace where nspname !~ '^pg_'"
                                 " and nspname <> 'information_schema'"
                                 " and has_schema_privilege(oid, 'create'))")
                             .one_value<bool>();
        may ? findings.passed("database.create", "it may")
            : findings.failed(
                  "database.create",
                  "it may in no schema",
                  fmt::format("grant create on database {} to {};", names.database, names.role));
    });
    findings.attempt("database.select", [&] {
        std::vector<std::string> tables;
        for (auto const& each : catalog::missing_table_privileges(db, {"select"})) {
            tables.push_back(each.schema + "." + each.name);
        }
        findings.none_of(
            "database.select",
            tables,
            "it may",
            Amiss::fails,
            fmt::format("grant pg_read_all_data to {};", names.role));
    });
    findings.attempt("database.table_owner", [&] {
        auto const rows = db.exec(
            "select n.nspname || '.' || c.relname, quote_ident(pg_get_userbyid(c.relowner))"
            " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind in ('r', 'p') and n.nspname !~ '^pg_'"
            " and n.nspname not in ('information_schema', 'slipway')"
            " and not pg_has_role(c.relowner, 'member') and not exists (select from pg_depend d"
            " where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')"
            " order by 1");
        auto const owner = rows.empty() ? std::string{} : rows[0].get<std::string>(1);
        findings.none_of(
            "database.table_owner",
            first_column(rows),
            "it does",
            Amiss::warns,
            fmt::format("grant {} to {};", owner, names.role));
    });
}

// The execution log: in a schema of its own that the first run makes.
void look_at_log(Findings& findings, pg::Connection& db, Names const& names) {
    bool const is_there =
        db.exec("select to_regnamespace('slipway') is not null").one_value<bool>();
    if (!is_there) {
        catalog::has_database_privilege(db, "create")
            ? findings.passed("database.log", "it may make it")
            : findings.failed(
                  "database.log",
                  "the schema slipway is not there, and it may not make it",
                  fmt::format("grant create on database {} to {};", names.database, names.role));
        return;
    }
    auto const closed = first_column(
        db.exec("select 'slipway.' || c.relname from pg_class c where c.relkind in ('r', 'p')"
                " and c.relnamespace = to_regnamespace('slipway') and not ("
                "has_schema_privilege(c.relnamespace, 'usage') and has_table_privilege(c.oid, "
                "'insert') and has_table_privilege(c.oid, 'update')"
                " and has_table_privilege(c.oid, 'select')) order by 1"));
    findings.none_of(
        "database.log",
        closed,
        "it may",
        Amiss::fails,
        fmt::format(
            "grant usage, create on schema slipway to {0}; grant all on all tables in schema "
            "slipway to {0}; grant all on all sequences in schema slipway to {0};",
            names.role));
}

void look_at_server_rights(Findings& findings, pg::Connection& db, Names const& names) {
    findings.attempt("database.owner", [&] {
        auto const row = db.exec("select pg_has_role(datdba, 'member'),"
                                 " quote_ident(pg_get_userbyid(datdba)) from pg_database"
                                 " where datname = current_database()");
        auto const owner = row[0].get<std::string>(1);
        row[0].get<bool>(0) ? findings.passed("database.owner", "it does")
                            : findings.warned(
                                  "database.owner",
                                  "it belongs to " + owner,
                                  fmt::format("grant {} to {};", owner, names.role));
    });
    findings.attempt("database.createdb", [&] {
        catalog::may_create_databases(db) ? findings.passed("database.createdb", "it may")
                                          : findings.warned(
                                                "database.createdb",
                                                "it may not",
                                                fmt::format("alter role {} createdb;", names.role));
    });
    findings.attempt("database.signal", [&] {
        bool const may =
            db.exec("select pg_has_role('pg_signal_backend', 'member')").one_value<bool>();
        may ? findings.passed("database.signal", "it may")
            : findings.warned(
                  "database.signal",
                  "it may end its own alone",
                  fmt::format("grant pg_signal_backend to {};", names.role));
    });
}

} // namespace

std::vector<std::string> first_column(pg::Result const& result) {
    std::vector<std::string> out;
    for (auto const row : result) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

void look_at_privileges(Findings& findings, pg::Connection& db) {
    auto const row = db.exec("select quote_ident(current_user), quote_ident(current_database())");
    Names const names{row[0].get<std::string>(0), row[0].get<std::string>(1)};
    look_at_object_rights(findings, db, names);
    findings.attempt("database.log", [&] { look_at_log(findings, db, names); });
    look_at_server_rights(findings, db, names);
}

} // namespace slipway::preflight
