// SPDX-License-Identifier: Apache-2.0
#include "relation.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::links_migrate {

namespace {

constexpr std::string_view varying = "character varying";

} // namespace

void refuse(std::string message, std::string hint) {
    throw Error{ErrorKind::refused, std::move(message), std::move(hint)};
}

Relation
find_table(pg::Connection& connection, std::string const& schema, std::string const& name) {
    constexpr std::string_view sql = R"(
select c.oid::bigint, n.nspname, c.relname, greatest(c.reltuples, 0)::bigint, c.relkind::text,
       row_security_active(c.oid)
from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = to_regclass($1))";
    auto const found = connection.exec(sql, {pg::qualified(schema, name)});
    if (found.empty()) {
        refuse(
            fmt::format(
                "there is no table {}{}",
                name,
                schema.empty() ? " on the search path" : " in schema " + schema),
            "Apply the migration that makes it first, or look whether --database-url names the "
            "right database and schema.");
    }
    auto const row = found.one_row();
    auto const kind = row.get<std::string>(4);
    if (kind != "r" && kind != "p") {
        refuse(fmt::format("{} is no table", name), "The mapping needs a table there.");
    }
    if (row.get<bool>(5)) {
        refuse(
            fmt::format("row security hides rows of {} from this role", name),
            "Use the table's owner, or a role with BYPASSRLS.");
    }
    Relation out;
    out.oid = row.get<std::int64_t>(0);
    out.schema = row.get<std::string>(1);
    out.name = row.get<std::string>(2);
    out.rows = row.get<std::int64_t>(3);
    out.columns = catalog::columns(connection, out.schema, out.name);
    return out;
}

catalog::Column const& column(Relation const& relation, std::string const& name) {
    for (auto const& each : relation.columns) {
        if (each.name == name) {
            return each;
        }
    }
    refuse(
        fmt::format("{} has no column {}", relation.name, name),
        "Look whether all migrations are applied, and compare with links-migrate "
        "--print-mapping.");
}

void require_type(
    Relation const& relation,
    std::string const& name,
    std::vector<std::string> const& types) {
    auto const& type = column(relation, name).type;
    if (std::find(types.begin(), types.end(), type) == types.end()) {
        refuse(
            fmt::format(
                "column {} of {} is of type {}, not {}",
                name,
                relation.name,
                type,
                text::join(types, " or ")),
            "Compare with the mapping: links-migrate --print-mapping shows it.");
    }
}

std::vector<std::string>
enum_labels(pg::Connection& connection, Relation const& relation, std::string const& name) {
    constexpr std::string_view sql = R"(
select e.enumlabel from pg_attribute a join pg_type t on t.oid = a.atttypid
join pg_enum e on e.enumtypid = t.oid where a.attrelid = $1::oid and a.attname = $2
order by e.enumsortorder)";
    std::vector<std::string> labels;
    auto const found = connection.exec(sql, {relation.oid, name});
    for (auto const& row : found) {
        labels.push_back(row.get<std::string>(0));
    }
    return labels;
}

// COPY passes rules by, and what a trigger makes of a row is seen in the inserted row alone.
bool keeps_rows_as_given(pg::Connection& connection, Relation const& relation) {
    constexpr std::string_view sql = R"(
select c.relkind = 'r' and not c.relhasrules
       and not exists (select from pg_trigger t
                       where t.tgrelid = c.oid and not t.tgisinternal and t.tgtype & 2 <> 0)
from pg_class c where c.oid = $1::oid)";
    return connection.exec(sql, {relation.oid}).one_value<bool>();
}

bool is_text(std::string const& type) {
    return type == "text" || type.starts_with(varying);
}

std::size_t characters(std::string const& type) {
    return type.starts_with("character varying(") ? std::stoul(type.substr(varying.size() + 1)) : 0;
}

} // namespace slipway::links_migrate
