// SPDX-License-Identifier: Apache-2.0
#include "plan/phrase.hpp"
#include "plan/question_maker.hpp"
#include "plan/retype_question.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::plan {

using Kind = sql::Action::Kind;
using Made = sql::Constraint::Kind;

// The rows get the default, or nothing; what the default yields can be asked as long as it is the
// same for all of them.
void QuestionMaker::add_column(sql::ColumnDefinition const& column) {
    if (target_.relation == nullptr ||
        (action_.if_exists && target_.relation->column(column.name) != nullptr)) {
        return;
    }
    added_ = column.name;
    bool const numbered = column.serial || column.identity || column.generated;
    bool const changing = std::any_of(
        column.default_functions.begin(), column.default_functions.end(), [&](auto const& name) {
            return moment_.schema.is_volatile(name).value_or(true);
        });
    bool const nothing = column.default_expression.empty() && !numbered;
    auto const value =
        fmt::format("({})::{}", nothing ? "null" : column.default_expression, column.type);
    for (auto const& made : column.constraints) {
        bool const required = made.kind == Made::not_null || made.kind == Made::primary_key;
        if (nothing && required) {
            auto question = begin(
                Question::Kind::missing,
                fmt::format("adds {} that must not be null, without a default", column.name));
            put(std::move(question), any_row(*target_.relation));
        } else if (!numbered && !changing && !(nothing && made.kind == Made::foreign_key)) {
            if (!required || made.kind == Made::primary_key) {
                constraint(made, rows_with(*target_.relation, column.name, value));
            }
        }
    }
}

void QuestionMaker::validate() {
    if (target_.relation == nullptr) {
        return;
    }
    auto const rows = rows_of(*target_.relation);
    auto const about = "validates " + action_.name;
    if (auto const* pending = moment_.pending.unvalidated(*target_.relation, action_.name)) {
        auto made = *pending;
        made.not_valid = false;
        constraint(made, rows);
    } else if (auto const* known = target_.relation->constraint(action_.name);
               known != nullptr && !known->validated) {
        if (known->type == 'c') {
            check(known->expression, rows, about);
        } else if (auto const* other = moment_.schema.find(known->references)) {
            sql::Constraint made;
            made.kind = Made::foreign_key;
            made.columns = known->columns;
            made.references = other->name;
            made.referenced_columns = known->referenced_columns;
            foreign_key(made, rows);
        }
    } else {
        return;
    }
    out_.back().about = about;
}

void QuestionMaker::domain() {
    if (!action_.constraint || action_.constraint->not_valid) {
        return;
    }
    for (auto const& use : moment_.schema.uses_of_domain(action_.object, moment_.pending.path())) {
        auto const* table = moment_.schema.find(use.table);
        if (table == nullptr || table->is_partition) {
            continue;
        }
        target_ = {table, {}, {}};
        auto const rows = values_of(*table, use.column);
        bool const null = action_.constraint->kind == Made::not_null;
        auto const where = fmt::format(" on {}.{}", table->name.name, use.column);
        auto question = begin(
            null ? Question::Kind::not_null : Question::Kind::check,
            null ? "makes the domain NOT NULL," + where
                 : fmt::format(
                       "adds CHECK ({}) to the domain,{}", action_.constraint->expression, where));
        require_columns(question, {use.column});
        put(std::move(question),
            breaking(
                rows, null ? "value is null" : "not (" + action_.constraint->expression + ")"));
    }
}

void QuestionMaker::retype() {
    if (target_.relation == nullptr && target_.made_by.empty()) {
        return;
    }
    auto question = begin(
        Question::Kind::type,
        fmt::format(
            "changes {} to {}",
            action_.column,
            action_.definition ? action_.definition->type : ""));
    if (target_.relation != nullptr) {
        auto const& viewed = target_.relation->column_viewed_by;
        if (auto const found = viewed.find(action_.column); found != viewed.end()) {
            refuse_dependents("changes the type of " + action_.column, found->second);
        }
    }
    require_columns(question, {action_.column});
    bool const plain = is_plain_cast(action_.using_expression, action_.column);
    if (!plain ||
        !moment_.pending.enum_labels(action_.definition ? action_.definition->type : "")) {
        require_names(question, action_.using_expression);
    }
    add_retype(std::move(question), action_, moment_, out_);
}

// Without CASCADE the server drops nothing that something else is made of, and changes no type of a
// column that a view shows; what an earlier statement has dropped is in nobody's way.
void QuestionMaker::refuse_dependents(std::string about, std::vector<Oid> const& dependents) {
    std::vector<std::string> in_the_way;
    for (auto const oid : dependents) {
        auto const* other = moment_.schema.find(oid);
        if (other != nullptr && moment_.pending.resolve(other->name).relation == other) {
            in_the_way.push_back(other->name.name);
        }
    }
    if (!in_the_way.empty()) {
        auto question = begin(Question::Kind::refused, std::move(about));
        question.refusal = text::join_first(in_the_way, ", ", 3) +
                           (in_the_way.size() == 1 ? " depends on it" : " depend on it");
        out_.push_back(std::move(question));
    }
}

void QuestionMaker::drop() {
    bool const column = action_.kind == Kind::drop_column;
    if (target_.relation == nullptr || action_.cascade) {
        return;
    }
    if (column) {
        auto const& viewed = target_.relation->column_viewed_by;
        if (auto const found = viewed.find(action_.column); found != viewed.end()) {
            refuse_dependents("drops " + action_.column, found->second);
        }
        return;
    }
    constexpr std::array<std::string_view, 4> kinds{
        "table", "view", "materialized view", "foreign table"};
    if (std::find(kinds.begin(), kinds.end(), action_.object_type) != kinds.end()) {
        auto dependents = target_.relation->viewed_by;
        auto const& keys = target_.relation->referenced_by;
        dependents.insert(dependents.end(), keys.begin(), keys.end());
        refuse_dependents("drops " + action_.object.name, dependents);
    }
}

} // namespace slipway::plan
