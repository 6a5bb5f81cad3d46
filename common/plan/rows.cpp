// SPDX-License-Identifier: Apache-2.0
#include "plan/rows.hpp"

#include "pg/quote.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::plan {

namespace {

using pg::quote_identifier;

std::string key_of(Relation const& relation) {
    std::string out;
    for (auto const& column : relation.primary_key()) {
        out += fmt::format(
            "{}{} || {}::text",
            out.empty() ? "" : " || ', ' || ",
            pg::quote_literal(column + "="),
            quote_identifier(column));
    }
    return out.empty() && relation.kind == 'r' ? "'ctid=' || ctid::text" : out;
}

std::string table_of(Relation const& relation) {
    return pg::qualified(relation.name.schema, relation.name.name);
}

std::string source(Rows const& rows) {
    // A table that is not there yet is not asked.
    return rows.from.empty() ? std::string{} : rows.from + " as " + quote_identifier(rows.name);
}

std::vector<std::string> bracketed(std::span<std::string const> expressions) {
    std::vector<std::string> out;
    for (auto const& each : expressions) {
        out.push_back("(" + each + ")");
    }
    return out;
}

std::string selecting_keys(Rows const& rows, std::string const& rest) {
    return rows.key.empty() ? std::string{} : fmt::format("select {} {}", rows.key, rest);
}

} // namespace

Rows rows_of(Relation const& relation) {
    return {table_of(relation), relation.name.name, key_of(relation)};
}

Rows rows_with(Relation const& relation, std::string const& column, std::string const& value) {
    auto const from = fmt::format(
        "(select {0}.*, {1} as {2} from {3} as {0})",
        quote_identifier(relation.name.name),
        value,
        quote_identifier(column),
        table_of(relation));
    auto const key = relation.primary_key().empty() ? std::string{} : key_of(relation);
    return {from, relation.name.name, key};
}

Rows values_of(Relation const& relation, std::string const& column) {
    auto const key = key_of(relation);
    auto const from = fmt::format(
        "(select {} as \"#key\", {} as value from {})",
        key.empty() ? "null" : key,
        quote_identifier(column),
        table_of(relation));
    return {from, relation.name.name, key.empty() ? key : "\"#key\""};
}

Queries breaking(Rows const& rows, std::string const& condition) {
    auto const rest = fmt::format("from {} where {}", source(rows), condition);
    return {"select count(*) " + rest, selecting_keys(rows, rest)};
}

Queries duplicates(
    Rows const& rows,
    std::span<std::string const> expressions,
    std::string const& condition,
    bool nulls_equal) {
    auto const keys = bracketed(expressions);
    std::vector<std::string> where;
    if (!nulls_equal) {
        for (auto const& key : keys) {
            where.push_back(key + " is not null");
        }
    }
    if (!condition.empty()) {
        where.push_back("(" + condition + ")");
    }
    auto const from = fmt::format(
        "from {}{}{}", source(rows), where.empty() ? "" : " where ", text::join(where, " and "));
    auto const list = text::join(keys, ", ");
    Queries out;
    out.count = fmt::format(
        "select coalesce(sum(n), 0)::bigint, count(*) from (select count(*) as n {} group by {} "
        "having count(*) > 1) as d",
        from,
        list);
    if (!rows.key.empty()) {
        out.keys = fmt::format(
            "select \"#key\" from (select {} as \"#key\", count(*) over (partition by {}) as n {}) "
            "as d where n > 1",
            rows.key,
            list,
            from);
    }
    return out;
}

Queries excluding(
    Rows const& rows,
    std::span<std::string const> expressions,
    std::span<std::string const> operators,
    std::string const& condition) {
    std::string values;
    std::string met;
    for (std::size_t i = 0; i < expressions.size(); ++i) {
        values += fmt::format(", ({}) as \"#{}\"", expressions[i], i);
        met += fmt::format(" and a.\"#{0}\" {1} b.\"#{0}\"", i, operators[i]);
    }
    auto const with = fmt::format(
        "with k as (select row_number() over () as \"#\", {} as \"#key\"{} from {}{}{})",
        rows.key.empty() ? "null::text" : rows.key,
        values,
        source(rows),
        condition.empty() ? "" : " where ",
        condition);
    auto const rest = fmt::format(
        "from k as a where exists (select from k as b where a.\"#\" <> b.\"#\"{})", met);
    return {
        fmt::format("{} select count(*) {}", with, rest),
        rows.key.empty() ? std::string{} : fmt::format("{} select a.\"#key\" {}", with, rest)};
}

Queries orphans(
    Rows const& rows,
    std::span<std::string const> columns,
    Relation const& other,
    std::span<std::string const> other_columns,
    bool match_full) {
    std::vector<std::string> present;
    std::vector<std::string> absent;
    std::vector<std::string> equal;
    for (std::size_t i = 0; i < columns.size() && i < other_columns.size(); ++i) {
        auto const column = quote_identifier(columns[i]);
        present.push_back(column + " is not null");
        absent.push_back(column + " is null");
        equal.push_back(
            fmt::format("\"#other\".{} = \"#row\".{}", quote_identifier(other_columns[i]), column));
    }
    auto condition = fmt::format(
        "{} and not exists (select from {} as \"#other\" where {})",
        text::join(present, " and "),
        table_of(other),
        text::join(equal, " and "));
    if (match_full && columns.size() > 1) {
        condition = fmt::format(
            "({}) or (({}) and not ({}))",
            condition,
            text::join(absent, " or "),
            text::join(absent, " and "));
    }
    return breaking({rows.from, "#row", rows.key}, condition);
}

Queries any_row(Relation const& relation) {
    return {
        fmt::format(
            "select count(*) from (select from {} limit 100001) as found", table_of(relation)),
        {}};
}

} // namespace slipway::plan
