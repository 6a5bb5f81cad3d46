// SPDX-License-Identifier: Apache-2.0
#include "tables.hpp"

#include "error/error.hpp"
#include "http/web_link.hpp"
#include "pg/quote.hpp"
#include "pg/server_error.hpp"
#include "relation.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::links_migrate {

namespace {

// Version 7 of RFC 9562: 48 bits of time before the random ones, so that the index of ids grows at
// its end instead of in all of its pages. The time is that of the statement's begin, read once.
constexpr std::string_view new_uuid_sql =
    "((select overlay(lpad(to_hex((date_part('epoch', clock_timestamp()) * 1000)::bigint), 12, '0')"
    " placing '-' from 9 for 0) || '-7') || substr(gen_random_uuid()::text, 16))::uuid";

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
    if (mapping.label.empty()) {
        return;
    }
    auto const& type = column(target, mapping.label).type;
    auto const holds = characters(type);
    if (!is_text(type) || (holds > 0 && holds < static_cast<std::size_t>(mapping.label_limit))) {
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

void require_item_types(
    pg::Connection& connection,
    Relation const& target,
    Mapping const& mapping) {
    if (mapping.type.empty()) {
        return;
    }
    auto const& type = column(target, mapping.type).type;
    if (is_text(type)) {
        auto const holds = characters(type);
        for (auto const& wanted : mapping.types) {
            if (holds > 0 && wanted.size() > holds) {
                refuse(
                    fmt::format("{} of {} is too narrow for {}", mapping.type, target.name, wanted),
                    "Widen the column, or give a mapping with shorter types.");
            }
        }
        return;
    }
    auto const labels = enum_labels(connection, target, mapping.type);
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

// A column that must have a value and gets none would fail the first row.
void require_nothing_left_out(Relation const& target, Mapping const& mapping) {
    auto const written = mapping.written_columns();
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
    for (auto const& value : mapping.values) {
        if (!value.required && !value.standard && !column(target, value.column).nullable) {
            refuse(
                fmt::format(
                    "column {} of {} must not be null, and the mapping lets items go without it",
                    value.column,
                    target.name),
                "Say in the mapping required: true, or give it a default.");
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

bool is_whole(std::string const& type) {
    return type == "bigint" || type == "integer" || type == "smallint";
}

// The kind of key that the rest works with; empty for others.
std::string key_kind(std::string const& type) {
    return type == "uuid" || is_whole(type) ? type : is_text(type) ? "text" : "";
}

std::string key_type(Relation const& source, Relation const& target, Mapping const& mapping) {
    auto const& type = column(source, mapping.source_key).type;
    auto const kind = key_kind(type);
    if (kind.empty()) {
        require_type(source, mapping.source_key, {"uuid", "bigint", "integer", "smallint", "text"});
    }
    auto const parent = key_kind(column(target, mapping.parent).type);
    if (parent != kind && !(is_whole(parent) && is_whole(kind))) {
        require_type(target, mapping.parent, {type});
    }
    return kind;
}

Kept kept(Relation const& source, Mapping const& mapping) {
    auto const& type = column(source, mapping.source_json).type;
    bool const listed = is_text(type) || type == "text[]" || type.ends_with("[]");
    if (type != "jsonb" && type != "json" && !listed) {
        require_type(source, mapping.source_json, {"jsonb", "json", "text[]", "text"});
    }
    if (type != "jsonb" && !mapping.within.empty()) {
        refuse(
            fmt::format(
                "column {} of {} is of type {}, and the mapping says within",
                mapping.source_json,
                source.name,
                type),
            "Only jsonb columns can be gone into.");
    }
    return type == "jsonb" ? Kept::jsonb : type == "json" ? Kept::json : Kept::other;
}

// How a new row gets its id: known before the row is written, so that the ledger can note it.
void find_id(
    pg::Connection& connection,
    Relation const& target,
    Mapping const& mapping,
    Tables& out) {
    auto const& id = column(target, mapping.id);
    out.id_type = id.type;
    constexpr std::string_view sql = R"(
select a.attidentity <> '', pg_get_serial_sequence($2, $3)::regclass::text,
       has_sequence_privilege(pg_get_serial_sequence($2, $3)::regclass, 'usage')
from pg_attribute a where a.attrelid = $1::oid and a.attname = $3)";
    auto const found = connection.exec(sql, {target.oid, target.spelled(), mapping.id});
    auto const row = found.one_row();
    if (id.type == "uuid") {
        out.new_id = new_uuid_sql;
    } else if (row.get<bool>(0)) {
        if (!row.get<bool>(2)) {
            refuse(
                fmt::format("this role may not use the sequence {}", row.text(1)),
                fmt::format("grant usage on sequence {} to current_user.", row.text(1)));
        }
        out.new_id = fmt::format("nextval({})", pg::quote_literal(row.text(1)));
        out.overriding = true;
    } else if (id.default_expression) {
        out.new_id = *id.default_expression;
    } else if (is_text(id.type) && (characters(id.type) == 0 || characters(id.type) >= 36)) {
        out.new_id = std::string{new_uuid_sql} + "::text";
    } else {
        refuse(
            fmt::format(
                "column {} of {} is of type {} and has no default",
                mapping.id,
                target.name,
                id.type),
            "The id has to be a uuid, a text, or come of a sequence.");
    }
}

// The mapping's SQL as one expression: the server must take it with brackets around it and without.
void require_expression(
    pg::Connection& connection,
    std::string const& what,
    std::string const& sql,
    std::string const& frame) {
    try {
        for (std::string_view const brackets : {"({}\n)", "{}\n"}) {
            auto const whole =
                fmt::format(fmt::runtime(frame), fmt::format(fmt::runtime(brackets), sql));
            connection.exec("explain " + whole, {1});
        }
    } catch (pg::ServerError const& error) {
        if (!error.sqlstate().starts_with("42")) {
            throw;
        }
        throw Error{
            ErrorKind::usage,
            fmt::format("{} in the mapping: {}", what, error.message()),
            "It has to be one SQL expression over the source's row, which is called s."}
            .with_sqlstate(error.sqlstate());
    }
}

std::string braced(std::string const& text) {
    return text::replace_all(text::replace_all(text, "{", "{{"), "}", "}}");
}

void find_copied(
    pg::Connection& connection,
    Relation const& source,
    Relation const& target,
    Mapping const& mapping,
    Tables& out) {
    for (auto const& each : mapping.copied) {
        auto const& type = column(target, each.target).type;
        if (each.is_sql) {
            require_expression(
                connection,
                "the expression of " + each.target,
                each.source,
                "select $1::int, {} from " + braced(out.source) + " s");
            // To character varying(20) an explicit cast would cut, where an insertion fails.
            out.copied.push_back(
                fmt::format("({}\n)::{}", each.source, is_text(type) ? "text" : type));
        } else {
            require_type(target, each.target, {column(source, each.source).type});
            out.copied.push_back("s." + pg::quote_identifier(each.source));
        }
    }
}

void find_values(
    pg::Connection& connection,
    Relation const& target,
    Mapping const& mapping,
    Tables& out) {
    for (auto const& value : mapping.values) {
        auto const& type = column(target, value.column).type;
        auto const labels = enum_labels(connection, target, value.column);
        auto made = conversion(type, labels, fmt::format("j{}", out.values.size()));
        if (!made) {
            refuse(
                fmt::format(
                    "column {} of {} is of type {}, which no JSON value becomes",
                    value.column,
                    target.name,
                    type),
                "Text, numbers, boolean, uuid, date, timestamps, JSON and enums can be given.");
        }
        if (value.standard) {
            auto const fault = conversion(type, labels, "$1::jsonb")->fault;
            if (!connection.exec("select " + fault, {*value.standard})
                     .optional_value<std::string>()
                     .value_or("")
                     .empty()) {
                refuse(
                    fmt::format(
                        "the default {} does not fit column {} of type {}",
                        *value.standard,
                        value.column,
                        type),
                    "Correct the mapping.");
            }
        }
        out.values.push_back(std::move(*made));
    }
}

void find_copying(
    pg::Connection& connection,
    Relation const& target,
    Mapping const& mapping,
    Tables& out) {
    bool plain = out.new_id.starts_with(new_uuid_sql) && keeps_rows_as_given(connection, target);
    for (auto const& name : mapping.stamped) {
        auto const& type = column(target, name).type;
        plain = plain && (type == "date" || type.starts_with("timestamp"));
        out.stamps.push_back("now()::" + type);
    }
    out.takes_copies = plain;
}

std::size_t longest_url(Relation const& target, Mapping const& mapping) {
    if (mapping.url.empty()) {
        return http::longest_link;
    }
    auto const& type = column(target, mapping.url).type;
    if (!is_text(type)) {
        require_type(target, mapping.url, {"text", "character varying"});
    }
    auto const holds = characters(type);
    return holds == 0 ? http::longest_link : std::min(holds, http::longest_link);
}

} // namespace

Tables
look_up(pg::Connection& connection, Mapping const& mapping, std::string const& schema, Use use) {
    auto const source = find_table(connection, schema, mapping.source_table);
    auto const target = find_table(connection, schema, mapping.target_table);
    require_rights(connection, source, target, use);
    require_key(connection, source, mapping.source_key);
    Tables out;
    out.source = source.spelled();
    out.target = target.spelled();
    out.kept = kept(source, mapping);
    require_nothing_left_out(target, mapping);
    out.key_type = key_type(source, target, mapping);
    out.longest_url = longest_url(target, mapping);
    if (!mapping.position.empty()) {
        require_type(target, mapping.position, {"integer", "bigint"});
    }
    require_label(target, mapping);
    require_item_types(connection, target, mapping);
    find_id(connection, target, mapping, out);
    find_values(connection, target, mapping, out);
    find_copied(connection, source, target, mapping, out);
    find_copying(connection, target, mapping, out);
    if (!mapping.where.empty()) {
        require_expression(
            connection,
            "where",
            mapping.where,
            "select $1::int from " + braced(out.source) + " s where {}");
    }
    out.type_type = mapping.type.empty() ? "" : column(target, mapping.type).type;
    out.estimated_rows = source.rows;
    out.parent_is_indexed = leads_an_index(connection, target, mapping.parent);
    out.cascading = cascading(connection, target);
    return out;
}

} // namespace slipway::links_migrate
