// SPDX-License-Identifier: Apache-2.0
#include "lint/scene.hpp"
#include "lint/type_name.hpp"
#include "lint/volatility.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::lint {

namespace {

using Kind = sql::Action::Kind;
using Made = sql::Constraint::Kind;

bool has(sql::ColumnDefinition const& column, Made kind) {
    return std::any_of(
        column.constraints.begin(), column.constraints.end(), [&](sql::Constraint const& made) {
            return made.kind == kind;
        });
}

void judge_default(Scene& scene, sql::Action const& action) {
    auto const& column = *action.definition;
    std::string const table = spelled(action.object);
    constexpr auto safe_way =
        "Add the column without it, SET DEFAULT for new rows, and fill the old ones in batches.";
    if (column.generated) {
        scene.report(
            "adding-field-with-default",
            fmt::format("{} is rewritten to store the expression of {}", table, column.name),
            "Add a plain column, fill it in batches and keep it by a trigger.");
    } else if (auto const function = volatile_function(column.default_functions)) {
        scene.report(
            "adding-field-with-default",
            fmt::format("{} is rewritten: {}() is evaluated for every row", table, *function),
            safe_way);
    } else if (
        scene.older_than(11) && !column.default_expression.empty() &&
        column.default_expression != "null") {
        scene.report(
            "adding-field-with-default",
            fmt::format("{} is rewritten: servers before 11 store a default in every row", table),
            safe_way);
    }
}

void judge_new_column(Scene& scene, sql::Action const& action) {
    auto const& column = *action.definition;
    std::string const table = spelled(action.object);
    judge_default(scene, action);
    if (column.serial || column.identity) {
        scene.report(
            "adding-auto-incrementing-field",
            fmt::format("{} is rewritten: {} is numbered in every row", table, column.name),
            "Add a plain column, give it the sequence as default, and number the old rows in "
            "batches.");
    } else if (
        has(column, Made::not_null) && column.default_expression.empty() && !column.generated) {
        scene.report(
            "adding-required-field",
            fmt::format("fails where {} has rows: {} would be NULL in them", table, column.name),
            "Give it a constant default, or add it without NOT NULL and fill it first.");
    }
}

void judge_change(Scene& scene, sql::Action const& action) {
    std::string const table = spelled(action.object);
    if (action.kind == Kind::drop_column) {
        scene.report(
            "ban-drop-column",
            fmt::format(
                "{}.{} and its data are gone; code that names it fails", table, action.column),
            "Deploy code that does not use it first; then say so: -- slipway:ignore "
            "ban-drop-column, and the reason.");
    } else if (action.kind == Kind::rename && !action.column.empty()) {
        scene.report(
            "renaming-column",
            fmt::format("code that names {}.{} fails at once", table, action.column),
            "Add a column of the new name, write both, and drop the old one in a later release.");
    }
}

void judge_type_change(Scene& scene, sql::Action const& action) {
    std::string const before = scene.type_of(action.object, action.column);
    std::string const& after = action.definition->type;
    if (action.using_expression.empty() &&
        changes_catalog_alone(read_type(before), read_type(after))) {
        return;
    }
    scene.report(
        "changing-column-type",
        fmt::format(
            "{} {} while nobody may read or write: {} changes {}to {}",
            spelled(action.object),
            before.empty() ? "may be rewritten" : "is rewritten or read",
            action.column,
            before.empty() ? "" : fmt::format("from {} ", before),
            after),
        "Add a column of the new type, write both, copy in batches, then switch.");
}

} // namespace

void judge_columns(Scene& scene, sql::Action const& action) {
    bool const of_type = action.object_type == "type";
    if (!of_type && !scene.is_new_column(action.object, action.column)) {
        judge_change(scene, action);
    }
    if (of_type || scene.is_new(action.object)) {
        return;
    }
    if (action.kind == Kind::add_column && action.definition) {
        judge_new_column(scene, action);
    } else if (action.kind == Kind::alter_column_type && action.definition) {
        judge_type_change(scene, action);
    } else if (action.kind == Kind::drop_not_null) {
        scene.report(
            "ban-drop-not-null",
            fmt::format("code may meet NULL in {}.{}", spelled(action.object), action.column),
            "Deploy code that can read NULL there first.");
    }
}

} // namespace slipway::lint
