// SPDX-License-Identifier: Apache-2.0
#include "plan/pending.hpp"

#include "plan/name.hpp"
#include "plan/phrase.hpp"
#include "plan/proof.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace slipway::plan {

namespace {

using Kind = sql::Action::Kind;

constexpr std::array relation_makers{
    Kind::create_table,
    Kind::create_table_as,
    Kind::create_view,
    Kind::create_materialized_view,
    Kind::create_sequence,
};

constexpr std::array other_makers{Kind::create_type, Kind::create_domain, Kind::create_function};

constexpr std::array
    writers{Kind::insert, Kind::update, Kind::remove, Kind::merge, Kind::copy_from, Kind::truncate};

constexpr std::array column_changers{Kind::add_column, Kind::drop_column, Kind::alter_column_type};

template <class List>
bool is_one_of(Kind kind, List const& list) {
    return std::find(list.begin(), list.end(), kind) != list.end();
}

bool is_relation(std::string_view type) {
    constexpr std::array<std::string_view, 6> types{
        "table", "view", "materialized view", "foreign table", "sequence", "index"};
    return std::find(types.begin(), types.end(), type) != types.end();
}

// What a SELECT may call without changing the rows of a table.
bool calls_unknown_function(std::string_view statement) {
    constexpr std::array<std::string_view, 15> harmless{
        "setval",
        "nextval",
        "currval",
        "set_config",
        "current_setting",
        "count",
        "min",
        "max",
        "sum",
        "coalesce",
        "now",
        "in",
        "exists",
        "values",
        "pg_notify"};
    auto const tokens = tokens_of(statement);
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        bool const call = (tokens[i].kind == sql::Token::Kind::word ||
                           tokens[i].kind == sql::Token::Kind::quoted_name) &&
                          tokens[i + 1].kind == sql::Token::Kind::open;
        bool const known = std::any_of(
            harmless.begin(), harmless.end(), [&](auto word) { return tokens[i].is(word); });
        if (call && !known) {
            return true;
        }
    }
    return false;
}

} // namespace

bool runs_code(std::string_view statement) {
    auto const first = tokens_of_start(statement, 1);
    return !first.empty() && (first[0].is("do") || first[0].is("call") || first[0].is("execute"));
}

namespace {

// Whether the statement may write rows in a way that no action tells.
bool writes_unseen(
    std::string_view statement,
    std::optional<std::vector<sql::Action>> const& actions) {
    if (!actions) {
        return true;
    }
    return std::any_of(actions->begin(), actions->end(), [&](sql::Action const& action) {
        return (action.kind == Kind::select && calls_unknown_function(statement)) ||
               (action.kind == Kind::other && runs_code(statement));
    });
}

std::vector<std::string> path_of(std::string_view value) {
    std::vector<std::string> out;
    for (auto const part : text::split(value, ',')) {
        auto const names = parts_of_name(text::trim(part));
        if (!names.empty() && names.front() != "$user") {
            out.push_back(names.front());
        }
    }
    return out;
}

} // namespace

Pending::Key Pending::key_of(sql::Name const& name) const {
    if (!name.schema.empty()) {
        return {name.schema, name.name};
    }
    for (auto const& schema : path_) {
        Key key{schema, name.name};
        if (made_.contains(key) || moved_.contains(key) ||
            schema_.find({schema, name.name}, {}) != nullptr) {
            return key;
        }
    }
    return {path_.empty() ? std::string{} : path_.front(), name.name};
}

Target Pending::resolve(sql::Name const& name) const {
    auto const key = key_of(name);
    if (auto const made = made_.find(key); made != made_.end()) {
        return {nullptr, made->second, {}};
    }
    if (auto const moved = moved_.find(key); moved != moved_.end()) {
        auto const* now = schema_.find(moved->second.oid);
        return {now, {}, moved->second.place + " renames " + (now ? now->name.name : "it")};
    }
    if (auto const gone = gone_.find(key); gone != gone_.end()) {
        return {nullptr, {}, gone->second};
    }
    return {schema_.find({key.first, key.second}, {}), {}, {}};
}

void Pending::make(
    sql::Action const& action,
    std::string_view statement,
    std::string const& place) {
    if (is_one_of(action.kind, other_makers)) {
        other_makers_[action.object.name] = place;
        if (auto labels = enum_values(statement)) {
            enums_[action.object.name] = std::move(*labels);
        }
        return;
    }
    auto const target = resolve(action.object);
    // IF NOT EXISTS and OR REPLACE make nothing where it is there.
    if (target.relation == nullptr && target.made_by.empty()) {
        Key const key{
            action.object.schema.empty() && !path_.empty() ? path_.front() : action.object.schema,
            action.object.name};
        made_[key] = place;
        gone_.erase(key);
    }
}

void Pending::remove(sql::Action const& action, std::string const& place) {
    if (!is_relation(action.object_type)) {
        if (action.object_type == "schema") {
            writes_anything_ = place;
        }
        return;
    }
    auto const key = key_of(action.object);
    made_.erase(key);
    moved_.erase(key);
    gone_[key] = place + " drops it";
}

void Pending::rename(sql::Action const& action, std::string const& place) {
    if (!action.column.empty()) {
        change_column(action, place);
        return;
    }
    if (!is_relation(action.object_type)) {
        if (action.object_type == "type" || action.object_type == "domain") {
            other_makers_[action.new_name] = place;
            other_makers_[action.object.name] = place;
        }
        return;
    }
    auto const key = key_of(action.object);
    auto const target = resolve(action.object);
    Key const becomes = action.kind == Kind::set_schema ? Key{action.new_name, key.second}
                                                        : Key{key.first, action.new_name};
    made_.erase(key);
    moved_.erase(key);
    gone_[key] = place + " renames it";
    gone_.erase(becomes);
    if (!target.made_by.empty()) {
        made_[becomes] = target.made_by;
    } else if (target.relation != nullptr) {
        moved_[becomes] = {target.relation->oid, place};
    }
}

void Pending::change_column(sql::Action const& action, std::string const& place) {
    auto const target = resolve(action.object);
    if (target.relation == nullptr) {
        return;
    }
    auto const oid = target.relation->oid;
    if (action.kind == Kind::add_column) {
        if (target.relation->column(action.column) == nullptr) {
            columns_[{oid, action.column}] = {place, true, "adds"};
        }
    } else if (action.kind == Kind::drop_column) {
        columns_[{oid, action.column}] = {place, false, "drops"};
    } else if (action.kind == Kind::alter_column_type) {
        auto& known = columns_[{oid, action.column}];
        known = {place, known.added, "changes the type of"};
    } else {
        columns_[{oid, action.column}] = {place, false, "renames"};
        columns_[{oid, action.new_name}] = {place, false, "renames"};
    }
}

void Pending::add_constraint(sql::Action const& action) {
    auto const target = resolve(action.object);
    if (target.relation == nullptr) {
        return;
    }
    auto const oid = target.relation->oid;
    if (action.kind == Kind::validate_constraint) {
        auto const found = unvalidated_.find({oid, action.name});
        auto const* existing = target.relation->constraint(action.name);
        if (found != unvalidated_.end()) {
            checks_.emplace_back(oid, found->second.expression);
        } else if (existing != nullptr && existing->type == 'c') {
            checks_.emplace_back(oid, existing->expression);
        }
        return;
    }
    auto const note = [&](sql::Constraint const& made) {
        if (made.not_valid) {
            unvalidated_[{oid, made.name}] = made;
        } else if (made.kind == sql::Constraint::Kind::check) {
            checks_.emplace_back(oid, made.expression);
        }
    };
    if (action.constraint) {
        note(*action.constraint);
    }
}

void Pending::write(sql::Action const& action, std::string const& place) {
    auto const* relation = resolve(action.object).relation;
    if (relation == nullptr) {
        return;
    }
    if (relation->triggers) {
        writes_anything_ = place;
    }
    // ON DELETE and ON UPDATE reach the tables that refer to it, and those that refer to them.
    bool const reaches = action.kind != Kind::insert && action.kind != Kind::copy_from;
    std::vector<Relation const*> reached{relation};
    std::set<Oid> seen{relation->oid};
    while (!reached.empty()) {
        auto const* table = reached.back();
        reached.pop_back();
        writers_[table->oid] = place;
        auto next = table->descendants;
        if (reaches) {
            next.insert(next.end(), table->referenced_by.begin(), table->referenced_by.end());
        }
        for (auto const oid : next) {
            if (auto const* other = schema_.find(oid);
                other != nullptr && seen.insert(oid).second) {
                reached.push_back(other);
            }
        }
    }
}

void Pending::add_action(
    sql::Action const& action,
    std::string_view statement,
    std::string const& place) {
    auto const kind = action.kind;
    if (is_one_of(kind, relation_makers) || is_one_of(kind, other_makers)) {
        make(action, statement, place);
    } else if (is_one_of(kind, writers)) {
        write(action, place);
    } else if (kind == Kind::drop) {
        remove(action, place);
    } else if (kind == Kind::rename || kind == Kind::set_schema) {
        rename(action, place);
    } else if (is_one_of(kind, column_changers)) {
        change_column(action, place);
    } else if (kind == Kind::add_constraint || kind == Kind::validate_constraint) {
        add_constraint(action);
    } else if (kind == Kind::set_variable && action.name == "search_path") {
        path_ = path_of(action.value);
    }
}

void Pending::add(
    std::string_view statement,
    std::optional<std::vector<sql::Action>> const& actions,
    std::string const& place) {
    if (writes_unseen(statement, actions)) {
        writes_anything_ = place;
    }
    if (actions) {
        for (auto const& action : *actions) {
            add_action(action, statement, place);
        }
    }
}

Pending::ColumnChange
Pending::change_of(Relation const& relation, std::string const& column) const {
    auto const found = columns_.find({relation.oid, column});
    return found == columns_.end() ? ColumnChange{} : found->second;
}

std::string Pending::writer_of(Relation const& relation) const {
    auto const found = writers_.find(relation.oid);
    return found == writers_.end() ? writes_anything_ : found->second;
}

bool Pending::proves_not_null(Relation const& relation, std::string const& column) const {
    for (auto const& check : relation.constraints) {
        if (check.type == 'c' && check.validated && implies_not_null(check.expression, column)) {
            return true;
        }
    }
    return std::any_of(checks_.begin(), checks_.end(), [&](auto const& check) {
        return check.first == relation.oid && implies_not_null(check.second, column);
    });
}

sql::Constraint const*
Pending::unvalidated(Relation const& relation, std::string const& name) const {
    auto const found = unvalidated_.find({relation.oid, name});
    return found == unvalidated_.end() ? nullptr : &found->second;
}

std::optional<std::vector<std::string>> Pending::enum_labels(std::string const& type) const {
    auto const parts = parts_of_name(type);
    auto const found = parts.empty() ? enums_.end() : enums_.find(parts.back());
    return found == enums_.end() ? std::nullopt : std::optional{found->second};
}

bool Pending::has_index(sql::Action const& action) const {
    auto const* table = resolve(action.object).relation; // an index lies in its table's schema
    return action.if_exists && table != nullptr &&
           resolve({table->name.schema, action.name}).relation != nullptr;
}

std::string Pending::maker_of(std::string const& name) const {
    auto const found = other_makers_.find(name);
    return found == other_makers_.end() ? std::string{} : found->second;
}

} // namespace slipway::plan
