// SPDX-License-Identifier: Apache-2.0
#include "source.hpp"

#include "backup/fingerprint.hpp"
#include "catalog/identity.hpp"
#include "error/error.hpp"
#include "pg/quote.hpp"
#include "pg/sqlstate.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

// Tables of extensions come back with their extension; those of temporary schemas die with their
// session.
constexpr std::string_view tables_query = R"(
select c.oid::bigint, n.nspname::text, c.relname::text
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't'
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(temp|toast)'
  and not exists (
      select from pg_catalog.pg_depend d
      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 2, 3)";

// A partitioned table stands for all its partitions.
constexpr std::string_view resolve_query = R"(
with recursive named as (
    select c.oid from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and ($1 = n.nspname || '.' || c.relname or $1 = c.relname)
), family as (
    select oid from named
    union
    select i.inhrelid from pg_catalog.pg_inherits i
    join family f on i.inhparent = f.oid
    join pg_catalog.pg_class c on c.oid = i.inhrelid and c.relispartition
)
select f.oid::bigint, (select count(*) from named), n.nspname::text, c.relname::text
from family f
join pg_catalog.pg_class c on c.oid = f.oid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace)";

// Adds to `out` the tables named, and to `arguments` what tells pg_dump of them. Patterns are not
// offered: pg_dump would apply them to sequences as well and drop their positions.
std::set<std::int64_t> resolve(
    pg::Connection& connection,
    std::vector<std::string> const& names,
    std::string const& option,
    std::vector<std::string>& arguments) {
    std::set<std::int64_t> out;
    for (auto const& name : names) {
        auto const found = connection.exec(resolve_query, {name});
        if (found.empty()) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} {}: there is no such table", option, name),
                "Write the name as the database spells it, without patterns: schema.name."};
        }
        if (found.get<std::int64_t>(0, 1) > 1) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} {}: several schemas have such a table", option, name),
                "Write it with its schema: schema.name."};
        }
        for (auto const& row : found) {
            if (out.insert(row.get<std::int64_t>(0)).second) {
                arguments.push_back(
                    option + "=" + pg::qualified(row.get<std::string>(2), row.get<std::string>(3)));
            }
        }
    }
    return out;
}

// As pg_dump does, but before the rows are counted: TRUNCATE and DDL do not heed snapshots, and
// what would be in the way is found, with its name, before anything has begun.
void hold(pg::Connection& connection, std::vector<SourceTable> const& tables) {
    for (auto const& source : tables) {
        std::string const name = pg::qualified(source.table.schema, source.table.name);
        try {
            connection.exec("lock table only " + name + " in access share mode");
        } catch (Error const& error) {
            throw cannot_read(error, name);
        }
    }
}

} // namespace

Error cannot_read(Error const& error, std::string const& name) {
    if (error.sqlstate() == pg::sqlstate::insufficient_privilege) {
        return Error{
            ErrorKind::usage,
            fmt::format("the role may not read all rows of {}: {}", name, error.message()),
            "Grant it pg_read_all_data, and BYPASSRLS where row-level security hides rows; or "
            "leave the table's rows out with --exclude-table-data."}
            .with_sqlstate(error.sqlstate());
    }
    if (error.sqlstate() == pg::sqlstate::lock_not_available) {
        return Error{
            ErrorKind::refused,
            fmt::format("table {} is locked by another session", name),
            "Wait until it has ended, or allow more time with --lock-wait."}
            .with_sqlstate(error.sqlstate());
    }
    return error;
}

bool lacks_search_path(Error const& error) {
    return error.sqlstate() == "42883" || error.sqlstate() == "42P01" ||
           error.sqlstate() == "42704";
}

pg::Result
plan_and_run(pg::Connection& connection, std::string const& sql, std::string const& name) {
    try {
        try {
            connection.exec("savepoint with_own_path");
            return connection.exec(sql);
        } catch (Error const& error) {
            if (!lacks_search_path(error)) {
                throw;
            }
            connection.exec("rollback to savepoint with_own_path");
        }
        connection.exec("set local search_path to default");
        auto out = connection.exec(sql);
        connection.exec("set local search_path = pg_catalog");
        return out;
    } catch (Error const& error) {
        throw cannot_read(error, name);
    }
}

Facts facts_of(pg::Connection& connection) {
    auto const row = connection
                         .exec(R"(
select d.datname::text, d.oid::bigint, pg_catalog.pg_database_size(d.oid),
       pg_catalog.pg_encoding_to_char(d.encoding)::text,
       pg_catalog.current_setting('server_version')
from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())")
                         .one_row();
    Facts out;
    out.database = row.get<std::string>(0);
    out.oid = row.get<std::int64_t>(1);
    out.bytes = static_cast<std::uint64_t>(row.get<std::int64_t>(2));
    out.encoding = row.get<std::string>(3);
    std::string const version = row.get<std::string>(4);
    out.server_version = version.substr(0, version.find(' '));
    out.system_identifier = catalog::identity(connection).system_identifier;
    auto const roles = connection.exec(R"(
select distinct r.rolname::text
from pg_catalog.pg_shdepend s
join pg_catalog.pg_roles r on r.oid = s.refobjid and s.refclassid = 'pg_catalog.pg_authid'::regclass
where s.dbid = (select oid from pg_catalog.pg_database
                where datname = pg_catalog.current_database())
order by 1)");
    for (auto const& role : roles) {
        out.roles.push_back(role.get<std::string>(0));
    }
    return out;
}

Selection select_tables(
    pg::Connection& connection,
    std::vector<std::string> const& only,
    std::vector<std::string> const& without_rows) {
    Selection out;
    auto const wanted = resolve(connection, only, "--table", out.arguments);
    auto const empty = resolve(connection, without_rows, "--exclude-table-data", out.arguments);
    for (auto const& row : connection.exec(tables_query)) {
        auto const oid = row.get<std::int64_t>(0);
        if (only.empty() || wanted.contains(oid)) {
            SourceTable source;
            source.table.schema = row.get<std::string>(1);
            source.table.name = row.get<std::string>(2);
            source.table.oid = oid;
            source.table.data = !empty.contains(oid);
            out.tables.push_back(std::move(source));
        }
    }
    hold(connection, out.tables);
    for (auto& source : out.tables) {
        source.bytes = static_cast<std::uint64_t>(
            connection.exec("select pg_catalog.pg_table_size($1::oid)", {source.table.oid})
                .one_value<std::int64_t>());
    }
    return out;
}

void count_rows(
    pg::Connection& connection,
    std::vector<SourceTable>& tables,
    bool fingerprint,
    std::function<void(std::uint64_t)> const& on_progress) {
    if (fingerprint) {
        connection.exec(backup::fingerprint_settings());
    }
    std::uint64_t done = 0;
    for (auto& source : tables) {
        auto& table = source.table;
        std::string const name = pg::qualified(table.schema, table.name);
        if (table.data && fingerprint) {
            auto const row = plan_and_run(
                                 connection,
                                 backup::fingerprint_query(connection, table.schema, table.name),
                                 name)
                                 .one_row();
            table.rows = row.get<std::int64_t>(0);
            table.fingerprint = row.get<std::string>(1);
        } else if (table.data && !source.counted_by_engine) {
            auto const count = plan_and_run(connection, "select count(*) from only " + name, name);
            table.rows = count.one_value<std::int64_t>();
        }
        if (on_progress) {
            on_progress(++done);
        }
    }
}

} // namespace slipway::db_backup
