// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"

#include "catalog/tables.hpp"
#include "error/error.hpp"
#include "pg/quote.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::links_migrate {

namespace {

struct Relation {
    std::int64_t oid = 0;
    std::string schema;
    std::string name;
    std::int64_t rows = 0;
    std::vector<catalog::Column> columns;

    [[nodiscard]] std::string spelled() const { return pg::qualified(schema, name); }
};

[[noreturn]] void refuse(std::string message, std::string hint) {
    throw Error{ErrorKind::refused, std::move(message), std::move(hint)};
}

Relation find(pg::Connection& connection, std::string const& schema, std::string const& name) {
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
            "This version has the built-in mapping only; links-migrate --print-mapping shows it.");
    }
}

void require_key(pg::Connection& connection, Relation const& source, std::string const& name) {
    constexpr std::string_view sql = R"(
select exists (
  select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
  where i.indrelid = $1::oid and i.indisunique and i.indisvalid and i.indpred is null
    and i.indnkeyatts = 1 and a.attname = $2 and a.attnotnull))";
    static_cast<void>(column(source, name));
    if (!connection.exec(sql, {source.oid, name}).one_value<bool>()) {
        refuse(
            fmt::format("column {} of {} is not its primary key", name, source.name),
            "The rows are gone through by that key: it must be unique, indexed and not null.");
    }
}

void require_label(Relation const& target, Mapping const& mapping) {
    auto const& type = column(target, mapping.label).type;
    constexpr std::string_view varying = "character varying";
    if (type == "text" || type == varying) {
        return;
    }
    int holds = 0;
    if (type.starts_with(varying)) {
        holds = std::stoi(type.substr(varying.size() + 1));
    }
    if (holds < mapping.label_limit) {
        refuse(
            fmt::format(
                "column {} of {} is of type {}, too narrow for labels of {} characters",
                mapping.label,
                target.name,
                type,
                mapping.label_limit),
            "Widen the column, or give a mapping with shorter labels.");
    }
}

void require_link_types(
    pg::Connection& connection,
    Relation const& target,
    Mapping const& mapping) {
    constexpr std::string_view sql = R"(
select e.enumlabel from pg_attribute a join pg_type t on t.oid = a.atttypid
join pg_enum e on e.enumtypid = t.oid where a.attrelid = $1::oid and a.attname = $2)";
    auto const& type = column(target, mapping.type).type;
    if (type == "text" || type.starts_with("character varying")) {
        return;
    }
    std::vector<std::string> labels;
    auto const found = connection.exec(sql, {target.oid, mapping.type});
    for (auto const& row : found) {
        labels.push_back(row.get<std::string>(0));
    }
    for (auto const& wanted : mapping.types) {
        if (std::find(labels.begin(), labels.end(), wanted) == labels.end()) {
            refuse(
                fmt::format(
                    "column {} of {} is of type {}, which has no value {}",
                    mapping.type,
                    target.name,
                    type,
                    wanted),
                "Add the value to the type, or compare with links-migrate --print-mapping.");
        }
    }
}

std::vector<std::string> written_columns(Mapping const& mapping) {
    std::vector<std::string> out{
        mapping.id, mapping.parent, mapping.label, mapping.url, mapping.type, mapping.position};
    for (auto const& each : mapping.copied) {
        out.push_back(each.target);
    }
    out.insert(out.end(), mapping.stamped.begin(), mapping.stamped.end());
    return out;
}

// A column that must have a value and gets none would fail the first row.
void require_nothing_left_out(Relation const& target, Mapping const& mapping) {
    auto const written = written_columns(mapping);
    for (auto const& name : written) {
        static_cast<void>(column(target, name));
    }
    for (auto const& each : target.columns) {
        bool const given = std::find(written.begin(), written.end(), each.name) != written.end();
        if (!given && !each.nullable && !each.default_expression) {
            refuse(
                fmt::format(
                    "column {} of {} must not be null, and the mapping gives it no value",
                    each.name,
                    target.name),
                "Give the column a default, or let it be null.");
        }
    }
}

void require_rights(
    pg::Connection& connection,
    Relation const& source,
    Relation const& target,
    Use use) {
    auto const require = [&](Relation const& relation, std::string const& right) {
        auto const has =
            connection.exec("select has_table_privilege($1::oid, $2)", {relation.oid, right});
        if (!has.one_value<bool>()) {
            refuse(
                fmt::format("this role lacks the right {} on {}", right, relation.spelled()),
                fmt::format(
                    "grant {} on {} to current_user, as the table's owner.",
                    right,
                    relation.spelled()));
        }
    };
    require(source, "select");
    require(target, "select");
    if (use == Use::write) {
        require(target, "insert");
    }
    if (use == Use::remove) {
        require(target, "delete");
    }
}

bool leads_an_index(pg::Connection& connection, Relation const& relation, std::string const& name) {
    constexpr std::string_view sql = R"(
select exists (
  select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
  where i.indrelid = $1::oid and i.indisvalid and i.indpred is null and a.attname = $2))";
    return connection.exec(sql, {relation.oid, name}).one_value<bool>();
}

std::string cascading(pg::Connection& connection, Relation const& target) {
    constexpr std::string_view sql = R"(
select coalesce(string_agg(distinct conrelid::regclass::text, ', '), '') from pg_constraint
where confrelid = $1::oid and contype = 'f' and confdeltype in ('c', 'n', 'd'))";
    return connection.exec(sql, {target.oid}).one_value<std::string>();
}

} // namespace

Tables
look_up(pg::Connection& connection, Mapping const& mapping, std::string const& schema, Use use) {
    auto const source = find(connection, schema, mapping.source_table);
    auto const target = find(connection, schema, mapping.target_table);
    require_rights(connection, source, target, use);
    require_key(connection, source, mapping.source_key);
    require_type(source, mapping.source_json, {"jsonb"});
    require_nothing_left_out(target, mapping);
    require_type(target, mapping.id, {"uuid"});
    require_type(target, mapping.parent, {column(source, mapping.source_key).type});
    require_type(target, mapping.url, {"text", "character varying", "character varying(2048)"});
    require_type(target, mapping.position, {"integer", "bigint"});
    require_label(target, mapping);
    require_link_types(connection, target, mapping);
    for (auto const& each : mapping.copied) {
        require_type(target, each.target, {column(source, each.source).type});
    }
    Tables out;
    out.source = source.spelled();
    out.target = target.spelled();
    out.key_type = column(source, mapping.source_key).type;
    out.id_type = column(target, mapping.id).type;
    out.type_type = column(target, mapping.type).type;
    out.estimated_rows = source.rows;
    out.parent_is_indexed = leads_an_index(connection, target, mapping.parent);
    out.cascading = cascading(connection, target);
    return out;
}

} // namespace slipway::links_migrate
