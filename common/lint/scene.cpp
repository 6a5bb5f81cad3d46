// SPDX-License-Identifier: Apache-2.0
#include "lint/scene.hpp"

#include "text/join.hpp"

#include <algorithm>
#include <array>

namespace slipway::lint {

namespace {

using Kind = sql::Action::Kind;

// A schema that is left out may be any.
bool same(sql::Name const& a, sql::Name const& b) {
    return a.name == b.name && (a.schema.empty() || b.schema.empty() || a.schema == b.schema);
}

// The column of `column IS NOT NULL`; empty for other expressions.
std::string not_null_column(std::string const& expression) {
    constexpr std::string_view end = "isnotnull";
    std::string squeezed;
    for (char const byte : text::lower(expression)) {
        if (byte != ' ' && byte != '\t' && byte != '\n' && byte != '\r' && byte != '"') {
            squeezed += byte;
        }
    }
    bool const fits = squeezed.size() > end.size() && squeezed.ends_with(end);
    return fits ? squeezed.substr(0, squeezed.size() - end.size()) : std::string{};
}

constexpr std::array light{
    Kind::other,
    Kind::create_table,
    Kind::create_table_as,
    Kind::create_view,
    Kind::create_materialized_view,
    Kind::create_function,
    Kind::create_type,
    Kind::create_domain,
    Kind::create_sequence,
    Kind::create_schema,
    Kind::create_extension,
    Kind::comment,
    Kind::grant,
    Kind::set_statistics,
    Kind::set_options,
    Kind::validate_constraint,
    Kind::add_enum_value,
    Kind::rename_enum_value,
    Kind::alter_domain_other,
    Kind::analyze,
    Kind::insert,
    Kind::update,
    Kind::remove,
    Kind::merge,
    Kind::select,
    Kind::copy_from,
    Kind::set_variable,
};

} // namespace

std::string spelled(sql::Name const& name) {
    return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

bool locks_strongly(sql::Action const& action) {
    bool const elsewhere =
        std::find(light.begin(), light.end(), action.kind) != light.end() || action.concurrently;
    if (elsewhere || (action.kind == Kind::vacuum && !action.full)) {
        return false;
    }
    if (action.kind == Kind::drop || action.kind == Kind::rename ||
        action.kind == Kind::set_schema || action.kind == Kind::change_owner) {
        constexpr std::array<std::string_view, 7> relations{
            "table", "index", "view", "materialized view", "trigger", "policy", "constraint"};
        return std::find(relations.begin(), relations.end(), action.object_type) != relations.end();
    }
    constexpr std::array<std::string_view, 3> weak{"ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE"};
    return std::find(weak.begin(), weak.end(), action.lock_mode) == weak.end();
}

void Scene::begin_file(std::size_t source, bool transactional) {
    place_.source = source;
    transactional_ = transactional;
    in_block = false;
    told.clear();
    set_.clear();
    if (!settings_.pending) {
        new_.clear();
        new_columns_.clear();
        not_null_checks_.clear();
        not_null_.clear();
    }
    end_transaction();
}

void Scene::begin_statement(Finding place) {
    place_ = std::move(place);
}

void Scene::end_transaction() {
    not_valid_.clear();
    locked_.clear();
}

bool Scene::is_new(sql::Name const& object) const {
    auto const [begin, end] = new_.equal_range(object.name);
    return std::any_of(begin, end, [&](auto const& one) {
        return same({one.second, one.first}, object);
    });
}

bool Scene::is_new_column(sql::Name const& table, std::string const& column) const {
    return is_new(table) ||
           std::any_of(new_columns_.begin(), new_columns_.end(), [&](auto const& one) {
               return same(one.first, table) && one.second == column;
           });
}

bool Scene::known_not_null(sql::Name const& table, std::string const& column) const {
    return std::any_of(not_null_.begin(), not_null_.end(), [&](auto const& one) {
        return same(one.first, table) && (one.second.empty() || one.second == column);
    });
}

std::string Scene::type_of(sql::Name const& table, std::string const& column) const {
    auto const found = std::find_if(types_.rbegin(), types_.rend(), [&](auto const& one) {
        return same(one.first, table) && one.second.name == column;
    });
    if (found != types_.rend()) {
        return found->second.type;
    }
    return settings_.type_of ? settings_.type_of(table, column) : std::string{};
}

bool Scene::added_not_valid(std::string const& constraint) const {
    return not_valid_.contains(constraint);
}

void Scene::report(
    std::string_view rule,
    std::string message,
    std::string hint,
    std::optional<Severity> severity) {
    if (!is_on(rule)) {
        return;
    }
    Finding finding = place_;
    finding.rule = rule;
    finding.severity = severity.value_or(rule_of(rule).severity);
    finding.message = std::move(message);
    finding.hint = std::move(hint);
    findings.push_back(std::move(finding));
}

void Scene::learn_constraint(sql::Action const& action) {
    if (action.kind == Kind::add_constraint && action.constraint) {
        auto const& made = *action.constraint;
        if (made.not_valid) {
            not_valid_.insert(made.name);
        }
        if (auto column = not_null_column(made.expression); !column.empty()) {
            if (made.not_valid) {
                not_null_checks_[made.name] = {action.object, std::move(column)};
            } else {
                not_null_.emplace_back(action.object, std::move(column));
            }
        }
    } else if (action.kind == Kind::validate_constraint) {
        auto const found = not_null_checks_.find(action.name);
        // One that was added elsewhere may be of any column.
        not_null_.emplace_back(
            action.object, found == not_null_checks_.end() ? "" : found->second.second);
    }
}

void Scene::learn_new(sql::Action const& action) {
    constexpr std::array makers{
        Kind::create_table,
        Kind::create_table_as,
        Kind::create_materialized_view,
        Kind::create_view,
        Kind::create_type,
        Kind::create_domain};
    if (std::find(makers.begin(), makers.end(), action.kind) != makers.end()) {
        // IF NOT EXISTS may have found one that is in use; a file that makes it so will mostly not.
        add_new(action.object);
    } else if (action.kind == Kind::create_index && is_new(action.object)) {
        add_new({action.object.schema, action.name});
    } else if (action.kind == Kind::rename && action.column.empty() && is_new(action.object)) {
        add_new({action.object.schema, action.new_name});
    } else if (action.kind == Kind::add_column) {
        new_columns_.emplace_back(action.object, action.column);
    }
}

void Scene::learn_types(sql::Action const& action) {
    for (auto const& column : action.columns) {
        types_.emplace_back(action.object, column);
    }
    bool const types = action.kind == Kind::add_column || action.kind == Kind::alter_column_type;
    if (types && action.definition) {
        types_.emplace_back(action.object, *action.definition);
    } else if (action.kind == Kind::rename) {
        // Under its new name it is not followed.
        types_.erase(
            std::remove_if(
                types_.begin(),
                types_.end(),
                [&](auto const& one) { return same(one.first, action.object); }),
            types_.end());
    }
}

void Scene::learn(sql::Action const& action) {
    learn_new(action);
    learn_types(action);
    learn_constraint(action);
    if (action.kind == Kind::set_variable) {
        if (action.value.empty()) {
            set_.erase(action.name);
        } else {
            set_.insert(action.name);
        }
    } else if (
        in_transaction() && locks_strongly(action) && !action.object.name.empty() &&
        !is_new(action.object)) {
        locked_ = spelled(action.object);
    }
}

} // namespace slipway::lint
