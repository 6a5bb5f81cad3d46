// SPDX-License-Identifier: Apache-2.0
#include "expected.hpp"

#include "pg/pipeline.hpp"
#include "pg/quote.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

using Kind = sql::Action::Kind;

// What a kind of statement makes that is a relation.
std::string_view relation_made_by(Kind kind) {
    constexpr std::array makers{
        std::pair{Kind::create_table, "table"},
        std::pair{Kind::create_table_as, "table"},
        std::pair{Kind::create_view, "view"},
        std::pair{Kind::create_materialized_view, "view"},
        std::pair{Kind::create_sequence, "sequence"}};
    auto const found = std::find_if(
        makers.begin(), makers.end(), [&](auto const& maker) { return maker.first == kind; });
    return found == makers.end() ? std::string_view{} : found->second;
}

// The kinds of things, each with a condition for one that is there: r is its relation, n its name.
constexpr std::array queries{
    std::pair{"relation", "to_regclass(r) is not null"},
    std::pair{
        "column",
        "exists (select from pg_attribute where attrelid = to_regclass(r) and attname = n"
        " and not attisdropped)"},
    std::pair{
        "constraint",
        "exists (select from pg_constraint where conrelid = to_regclass(r) and conname = n)"},
    std::pair{
        "value",
        "exists (select from pg_enum where enumtypid = to_regtype(r) and enumlabel = n)"}};

std::string_view query_of(std::string_view kind) {
    bool const inside = kind == "column" || kind == "constraint" || kind == "value";
    return inside ? kind : "relation";
}

// Code that may do anything to the schema.
bool is_opaque(sql::Nature const& nature) {
    constexpr std::array commands{"DO", "CALL", "SELECT", "EXECUTE", "DROP OWNED"};
    return std::find(commands.begin(), commands.end(), nature.command) != commands.end();
}

// Of these there may be hundreds of thousands, and to parse one takes longer than to run it.
bool changes_rows_only(sql::Nature const& nature) {
    constexpr std::array commands{"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"};
    return std::find(commands.begin(), commands.end(), nature.command) != commands.end();
}

} // namespace

std::string Expected::Thing::spelt() const {
    return relation.schema.empty() ? pg::quote_identifier(relation.name)
                                   : pg::qualified(relation.schema, relation.name);
}

bool Expected::Thing::operator<(Thing const& other) const {
    return std::tie(kind, relation.schema, relation.name, name) <
           std::tie(other.kind, other.relation.schema, other.relation.name, other.name);
}

Expected::Expected(std::vector<Prepared> const& scripts) {
    for (auto const& one : scripts) {
        path_is_known_ = true;
        for (auto const& step : one.script.steps) {
            if (is_opaque(step.nature)) {
                things_.clear();
                path_is_known_ = false;
            } else if (changes_rows_only(step.nature)) {
                continue;
            } else if (auto const actions = sql::actions_of(step.statement.text)) {
                std::for_each(actions->begin(), actions->end(), [&](sql::Action const& action) {
                    follow(action);
                });
            }
        }
    }
}

void Expected::add(Thing thing) {
    if (path_is_known_ || !thing.relation.schema.empty()) {
        things_.insert(std::move(thing));
    }
}

// A statement may leave the schema to the search_path that another has named.
void Expected::forget(sql::Name const& relation) {
    std::erase_if(things_, [&](Thing const& each) { return each.relation.name == relation.name; });
}

void Expected::forget_schema(std::string const& schema) {
    std::erase_if(things_, [&](Thing const& each) {
        return each.relation.schema.empty() || each.relation.schema == schema;
    });
}

void Expected::forget_kind(std::string_view kind) {
    std::erase_if(things_, [&](Thing const& each) { return each.kind == kind; });
}

void Expected::add_made(sql::Action const& action) {
    auto const& object = action.object;
    if (auto const kind = relation_made_by(action.kind); !kind.empty()) {
        add({std::string{kind}, object, {}});
        for (auto const& column : action.columns) {
            add({"column", object, column.name});
        }
    } else if (action.kind == Kind::create_index && !action.name.empty()) {
        add({"index", {object.schema, action.name}, {}});
    } else if (action.kind == Kind::add_column && action.definition) {
        add({"column", object, action.definition->name});
    } else if (
        action.kind == Kind::add_constraint && action.constraint &&
        !action.constraint->name.empty()) {
        add({"constraint", object, action.constraint->name});
    } else if (action.kind == Kind::add_enum_value) {
        add({"value", object, action.value});
    }
}

void Expected::follow(sql::Action const& action) {
    if (action.kind == Kind::set_variable) {
        path_is_known_ = path_is_known_ && action.name != "search_path";
    }
    if (action.temporary || action.object.name.empty()) {
        return;
    }
    auto const& object = action.object;
    bool const takes_away = action.kind == Kind::drop || action.kind == Kind::drop_column ||
                            action.kind == Kind::drop_constraint;
    if (takes_away && action.cascade) {
        things_.clear(); // what else went, the statement does not say
    } else if (action.kind == Kind::drop) {
        forget(object);
        if (action.object_type == "schema") {
            forget_schema(action.object.name);
        }
        forget_kind("index"); // a table's go with it
    } else if (
        action.kind == Kind::rename || action.kind == Kind::set_schema ||
        action.kind == Kind::rename_enum_value) {
        forget(object);
    } else if (action.kind == Kind::drop_column) {
        things_.erase({"column", object, action.column});
        forget_kind("index");
        forget_kind("constraint");
    } else if (action.kind == Kind::drop_constraint) {
        things_.erase({"constraint", object, action.name});
        forget_kind("index");
    } else {
        add_made(action);
    }
}

std::vector<std::string> Expected::missing(pg::Connection& connection) const {
    std::vector<pg::Statement> questions;
    for (auto const& [kind, condition] : queries) {
        std::vector<std::string> kinds;
        std::vector<std::string> relations;
        std::vector<std::string> names;
        for (auto const& thing : things_) {
            if (query_of(thing.kind) == kind) {
                kinds.push_back(thing.kind);
                relations.push_back(thing.spelt());
                names.push_back(thing.name);
            }
        }
        if (!kinds.empty()) {
            questions.push_back(
                {fmt::format(
                     "select k, r, n from unnest($1::text[], $2::text[], $3::text[])"
                     " as it (k, r, n) where not {}",
                     condition),
                 {pg::text_array(kinds), pg::text_array(relations), pg::text_array(names)}});
        }
    }
    std::vector<std::string> out;
    for (auto const& answer : pg::exec_all(connection, questions)) {
        for (auto const row : answer) {
            auto const name = row.get<std::string>(2);
            out.push_back(
                fmt::format("{} {}{}{}", row.text(0), row.text(1), name.empty() ? "" : ".", name));
        }
    }
    return out;
}

} // namespace slipway::migrate_apply
