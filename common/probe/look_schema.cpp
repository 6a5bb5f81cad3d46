// SPDX-License-Identifier: Apache-2.0
#include "probe/look_schema.hpp"

#include "pg/quote.hpp"
#include "probe/looking.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace slipway::probe {

namespace {

// `shop.Users` as SQL takes it: names are meant as they are written; with quotes it is SQL already.
std::string as_sql(std::string const& name) {
    if (name.find('"') != std::string::npos) {
        return name;
    }
    auto const dot = name.find('.');
    return dot == std::string::npos ? pg::quote_identifier(name)
                                    : pg::qualified(name.substr(0, dot), name.substr(dot + 1));
}

// One index or constraint of a table, or one column.
struct Part {
    std::string name;
    std::string definition;
    bool good = true; // nullable, of a column; valid, of the others
    std::string standard;
};

struct TableParts {
    std::vector<Part> columns;
    std::vector<Part> indexes;
    std::vector<Part> constraints;
};

TableParts parts_of(pg::Connection& connection, std::string const& oid) {
    auto const rows = connection.exec(
        "select 'column', a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull,"
        " coalesce(pg_get_expr(d.adbin, d.adrelid), '') from pg_attribute a left join pg_attrdef d"
        " on d.adrelid = a.attrelid and d.adnum = a.attnum"
        " where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped"
        " union all select 'index', c.relname, pg_get_indexdef(c.oid), i.indisvalid, ''"
        " from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = $1::oid"
        " union all select 'constraint', conname, pg_get_constraintdef(oid), convalidated, ''"
        " from pg_constraint where conrelid = $1::oid",
        {oid});
    TableParts out;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        Part part{
            rows.get<std::string>(row, 1),
            rows.get<std::string>(row, 2),
            rows.get<bool>(row, 3),
            rows.get<std::string>(row, 4)};
        auto const kind = rows.text(row, 0);
        auto& list = kind == "column"  ? out.columns
                     : kind == "index" ? out.indexes
                                       : out.constraints;
        list.push_back(std::move(part));
    }
    return out;
}

std::vector<std::string> names(std::vector<Part> const& parts) {
    std::vector<std::string> out;
    for (auto const& part : parts) {
        out.push_back(part.name);
    }
    return out;
}

void judge_column(
    TableWish::Column const& wanted,
    std::vector<Part> const& columns,
    std::vector<std::string>& faults) {
    auto const found = std::find_if(
        columns.begin(), columns.end(), [&](Part const& part) { return part.name == wanted.name; });
    if (found == columns.end()) {
        auto const near = text::nearest(wanted.name, names(columns));
        faults.push_back(fmt::format(
            "lacks the column {}{}",
            wanted.name,
            near.empty() ? "" : fmt::format(" (there is {})", near)));
        return;
    }
    if (wanted.type && canonical_type(*wanted.type) != found->definition) {
        faults.push_back(fmt::format(
            "{} is {}, not {}", wanted.name, found->definition, canonical_type(*wanted.type)));
    }
    if (wanted.nullable && *wanted.nullable != found->good) {
        faults.push_back(
            fmt::format("{} {}", wanted.name, found->good ? "may be null" : "may not be null"));
    }
    if (wanted.standard && *wanted.standard != found->standard) {
        faults.push_back(fmt::format(
            "{} has the default {}, not {}",
            wanted.name,
            found->standard.empty() ? "none" : found->standard,
            wanted.standard->empty() ? "none" : *wanted.standard));
    }
}

void judge_parts(
    std::string_view kind,
    std::string_view bad,
    std::vector<std::string> const& wanted,
    std::vector<Part> const& parts,
    std::vector<std::string>& faults) {
    for (auto const& wish : wanted) {
        bool const by_definition = wish.find('(') != std::string::npos;
        std::vector<Part const*> found;
        for (auto const& part : parts) {
            bool const fits =
                by_definition
                    ? text::lower(part.definition).find(text::lower(wish)) != std::string::npos
                    : part.name == wish;
            if (fits) {
                found.push_back(&part);
            }
        }
        bool const valid =
            std::any_of(found.begin(), found.end(), [](Part const* part) { return part->good; });
        if (found.empty()) {
            faults.push_back(fmt::format("lacks the {} {}", kind, wish));
        } else if (!valid) {
            faults.push_back(fmt::format("the {} {} is {}", kind, found[0]->name, bad));
        }
    }
}

std::vector<std::string> faults_of(pg::Connection& connection, TableWish const& wish) {
    auto const oid = connection.exec("select to_regclass($1)::oid::text", {as_sql(wish.name)})
                         .optional_value<std::string>();
    if (!oid) {
        return {"is not there"};
    }
    auto const parts = parts_of(connection, *oid);
    std::vector<std::string> faults;
    for (auto const& column : wish.columns) {
        judge_column(column, parts.columns, faults);
    }
    judge_parts("index", "invalid", wish.indexes, parts.indexes, faults);
    judge_parts("constraint", "not validated", wish.constraints, parts.constraints, faults);
    return faults;
}

std::vector<std::string> faults_of(pg::Connection& connection, EnumWish const& wish) {
    auto const rows = connection.exec(
        "select e.enumlabel from pg_enum e where e.enumtypid = to_regtype($1)::oid",
        {as_sql(wish.name)});
    if (rows.empty()) {
        return {"is no enum with values"};
    }
    std::vector<std::string> have;
    for (std::size_t row = 0; row < rows.rows(); ++row) {
        have.push_back(rows.get<std::string>(row, 0));
    }
    std::vector<std::string> faults;
    for (auto const& value : wish.values) {
        if (std::find(have.begin(), have.end(), value) == have.end()) {
            faults.push_back("lacks the value " + value);
        }
    }
    return faults;
}

template <class Wish>
void judge_one(
    Look& look,
    std::string const& id,
    std::string_view kind,
    Wish const& wish,
    pg::Connection& connection) {
    auto const faults = faults_of(connection, wish);
    auto const what = fmt::format("{} {}", kind, wish.name);
    add_part(
        look,
        id,
        wish.name,
        "The " + what + " is as expected",
        faults.empty() ? "" : fmt::format("the {} {}", what, text::join(faults, "; ")),
        "as expected",
        "Was the migration that makes it applied to this database?");
}

} // namespace

std::string canonical_type(std::string_view type) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 21> aliases{{
        {"int", "integer"},
        {"int4", "integer"},
        {"serial", "integer"},
        {"int8", "bigint"},
        {"bigserial", "bigint"},
        {"int2", "smallint"},
        {"smallserial", "smallint"},
        {"bool", "boolean"},
        {"varchar", "character varying"},
        {"char", "character"},
        {"bpchar", "character"},
        {"decimal", "numeric"},
        {"float", "double precision"},
        {"float8", "double precision"},
        {"float4", "real"},
        {"timestamptz", "timestamp# with time zone"},
        {"timestamp", "timestamp# without time zone"},
        {"timetz", "time# with time zone"},
        {"time", "time# without time zone"},
        {"varbit", "bit varying"},
        {"string", "text"},
    }};
    auto const lower = text::lower(text::trim(type));
    auto const word_end = std::min(lower.find_first_of("(["), lower.size());
    auto const word = std::string{text::trim(lower.substr(0, word_end))};
    auto const bracket = std::min(lower.find('['), lower.size());
    auto const size =
        word_end < bracket ? lower.substr(word_end, lower.find(')') + 1 - word_end) : "";
    auto const rest = lower.substr(std::min(word_end + size.size(), lower.size()));
    for (auto const& [from, to] : aliases) {
        if (word == from && (rest.empty() || rest[0] == '[')) {
            std::string spelt{to};
            auto const place = spelt.find('#');
            return place == std::string::npos ? spelt + size + rest
                                              : spelt.replace(place, 1, size) + rest;
        }
    }
    // Names of the application's own types may have capitals.
    return word.find(' ') == std::string::npos && size.empty() ? std::string{text::trim(type)}
                                                               : lower;
}

Look look_at_schema(
    std::string const& id,
    SchemaWish const& wish,
    pg::ConnInfo const& target,
    pg::Options const& options) {
    auto const count = fmt::format(
        "{}, {}",
        text::counted(wish.tables.size(), "table"),
        text::counted(wish.enums.size(), "enum"));
    return guarded(begun(id, "The schema"), [&](record::Check const& made) {
        auto connection = pg::Connection::open(target, options);
        auto look = good(made, count + " as expected");
        for (auto const& table : wish.tables) {
            judge_one(look, id, "table", table, connection);
        }
        for (auto const& wanted : wish.enums) {
            judge_one(look, id, "enum", wanted, connection);
        }
        auto const faults =
            std::count_if(look.checks.begin(), look.checks.end(), [](auto const& check) {
                return check.status == record::CheckStatus::failed;
            });
        if (faults > 0) {
            look.checks[0].status = record::CheckStatus::failed;
            look.checks[0].message = fmt::format("{} of {} are not", faults, count);
        }
        return look;
    });
}

} // namespace slipway::probe
