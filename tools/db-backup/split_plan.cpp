// SPDX-License-Identifier: Apache-2.0
#include "split_plan.hpp"

#include "error/error.hpp"
#include "pg/quote.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr std::int64_t pages_at_once = 2048; // 16 MB of the table, some 14 MB of text

// pg_dump's fmtCopyColumnList: generated columns cannot be copied, and dropped ones have no name.
constexpr std::string_view plan_query = R"(
select c.oid::bigint,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       '(' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum)
           || ')',
       pg_catalog.pg_relation_size(c.oid)
           / pg_catalog.current_setting('block_size')::pg_catalog.int8,
       '"' || pg_catalog.replace(n.nspname, '"', '""') || '"."'
           || pg_catalog.replace(c.relname, '"', '""') || '"'
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_am m on m.oid = c.relam and m.amname = 'heap'
join pg_catalog.pg_attribute a
  on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
where c.oid = any($1::pg_catalog.oid[]) and c.relkind = 'r'
group by c.oid, n.nspname, c.relname
order by pg_catalog.pg_table_size(c.oid) desc, c.oid)";

std::string oid_array(std::vector<SourceTable> const& selected, std::uint64_t larger_than) {
    std::string out = "{";
    for (auto const& source : selected) {
        if (source.table.data && source.bytes >= larger_than) {
            out += (out.size() > 1 ? "," : "") + std::to_string(source.table.oid);
        }
    }
    return out + "}";
}

// Names as the database has them, whatever encoding that is.
class OwnEncoding {
public:
    explicit OwnEncoding(pg::Connection& connection) : connection_(connection) {
        connection_.exec(
            "set local client_encoding to " +
            pg::quote_literal(connection_.parameter("server_encoding")));
    }
    OwnEncoding(OwnEncoding const&) = delete;
    OwnEncoding& operator=(OwnEncoding const&) = delete;
    void leave() { connection_.exec("set local client_encoding to 'UTF8'"); }

private:
    pg::Connection& connection_;
};

// Without a row being read, what COPY would refuse later is refused here: rights and row-level
// security. False where the rows can only be copied by a COPY that is not planned, as pg_dump's.
bool is_readable(pg::Connection& connection, SplitTable const& table) {
    connection.exec("savepoint reading");
    try {
        connection.exec("select * from only " + table.shown + " limit 0");
    } catch (Error const& error) {
        if (!lacks_search_path(error)) {
            throw cannot_read(error, table.shown);
        }
        connection.exec("rollback to savepoint reading");
        return false;
    }
    return true;
}

std::string shown_name(std::vector<SourceTable> const& selected, std::int64_t oid) {
    auto const source = std::find_if(selected.begin(), selected.end(), [&](SourceTable const& one) {
        return one.table.oid == oid;
    });
    return pg::qualified(source->table.schema, source->table.name);
}

} // namespace

bool SplitPlan::holds(std::int64_t oid) const {
    return std::any_of(
        tables.begin(), tables.end(), [&](SplitTable const& one) { return one.oid == oid; });
}

SplitPlan plan_split(
    pg::Connection& connection,
    std::vector<SourceTable> const& selected,
    std::uint64_t larger_than) {
    SplitPlan out;
    OwnEncoding encoding{connection};
    auto const found = connection.exec(plan_query, {oid_array(selected, larger_than)});
    for (auto const& row : found) {
        SplitTable table;
        table.oid = row.get<std::int64_t>(0);
        table.name = row.get<std::string>(1);
        table.columns = row.get<std::string>(2);
        table.pages = row.get<std::int64_t>(3);
        table.pattern = row.get<std::string>(4);
        table.shown = shown_name(selected, table.oid);
        out.tables.push_back(std::move(table));
    }
    encoding.leave();
    auto const unreadable = [&](SplitTable const& table) {
        return !is_readable(connection, table);
    };
    out.tables.erase(
        std::remove_if(out.tables.begin(), out.tables.end(), unreadable), out.tables.end());
    return out;
}

std::vector<Stretch> stretches(SplitPlan const& plan) {
    std::vector<Stretch> out;
    for (std::size_t table = 0; table < plan.tables.size(); ++table) {
        auto const count = std::max<std::int64_t>(
            1, (plan.tables[table].pages + pages_at_once - 1) / pages_at_once);
        for (std::int64_t i = 0; i < count; ++i) {
            out.push_back(
                {table, i * pages_at_once, i + 1 == count ? -1 : (i + 1) * pages_at_once});
        }
    }
    return out;
}

std::string copy_statement(SplitTable const& table, Stretch const& stretch) {
    if (stretch.first == 0 && stretch.end < 0) {
        return fmt::format("copy {} {} to stdout", table.name, table.columns);
    }
    // The parentheses would make one value, a row, of the columns.
    std::string const columns = table.columns.substr(1, table.columns.size() - 2);
    std::string const until =
        stretch.end < 0 ? "" : fmt::format(" and ctid < '({},0)'::pg_catalog.tid", stretch.end);
    return fmt::format(
        "copy (select {} from only {} where ctid >= '({},0)'::pg_catalog.tid{}) to stdout",
        columns,
        table.name,
        stretch.first,
        until);
}

} // namespace slipway::db_backup
