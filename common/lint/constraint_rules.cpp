// SPDX-License-Identifier: Apache-2.0
#include "lint/scene.hpp"

#include <fmt/format.h>

namespace slipway::lint {

namespace {

using Kind = sql::Action::Kind;
using Made = sql::Constraint::Kind;

constexpr auto two_steps = "Add it NOT VALID, and VALIDATE CONSTRAINT in the next migration.";

void judge_index_backed(Scene& scene, sql::Action const& action, sql::Constraint const& made) {
    std::string const table = spelled(action.object);
    if (made.kind == Made::unique && made.using_index.empty()) {
        scene.report(
            "disallowed-unique-constraint",
            fmt::format("{} is locked while the index of UNIQUE is built", table),
            "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … UNIQUE USING INDEX.");
    } else if (made.kind == Made::primary_key && made.using_index.empty()) {
        scene.report(
            "adding-serial-primary-key-field",
            fmt::format("{} is locked while the index of the primary key is built", table),
            "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD PRIMARY KEY USING INDEX.");
    } else if (made.kind == Made::exclusion) {
        scene.report(
            "adding-exclusion-constraint",
            fmt::format("{} is locked while the index of EXCLUDE is built", table),
            "No way round it is known: do it while little is written, or in a new table.");
    }
}

void judge_added(Scene& scene, sql::Action const& action, sql::Constraint const& made) {
    std::string const table = spelled(action.object);
    if (made.kind == Made::check && !made.not_valid) {
        scene.report(
            "constraint-missing-not-valid",
            fmt::format("{} is locked while all of its rows are checked", table),
            two_steps);
    } else if (made.kind == Made::foreign_key && !made.not_valid) {
        scene.report(
            "adding-foreign-key-constraint",
            fmt::format(
                "writes to {} and {} wait while all rows are checked",
                table,
                spelled(made.references)),
            two_steps);
    } else {
        judge_index_backed(scene, action, made);
    }
}

void judge_of_column(Scene& scene, sql::Action const& action, sql::Constraint const& made) {
    bool const filled = !action.definition->default_expression.empty();
    if (made.kind == Made::foreign_key && !filled) {
        // All rows have NULL there: nothing is looked up, but both tables are locked.
        scene.report(
            "adding-foreign-key-constraint",
            fmt::format(
                "takes SHARE ROW EXCLUSIVE on {} and {} at once",
                spelled(action.object),
                spelled(made.references)),
            "Add the column first, then the foreign key NOT VALID.",
            Severity::warning);
    } else {
        judge_added(scene, action, made);
    }
}

void judge_domain(Scene& scene, sql::Action const& action) {
    if (action.kind == Kind::create_domain && !action.constraints.empty()) {
        scene.report(
            "ban-create-domain-with-constraint",
            fmt::format("the domain {} has a constraint", spelled(action.object)),
            "Put CHECK constraints on the columns: those can be added NOT VALID and replaced.");
    } else if (
        action.kind == Kind::alter_domain_add_constraint && action.constraint &&
        !action.constraint->not_valid && !scene.is_new(action.object)) {
        scene.report(
            "ban-alter-domain-with-add-constraint",
            fmt::format(
                "every table with a column of {} is locked and read", spelled(action.object)),
            two_steps);
    }
}

} // namespace

void judge_constraints(Scene& scene, sql::Action const& action) {
    judge_domain(scene, action);
    if (scene.is_new(action.object)) {
        return;
    }
    if (action.kind == Kind::add_constraint && action.constraint) {
        judge_added(scene, action, *action.constraint);
    } else if (action.kind == Kind::add_column && action.definition) {
        for (auto const& made : action.definition->constraints) {
            judge_of_column(scene, action, made);
        }
    } else if (
        action.kind == Kind::validate_constraint && scene.in_transaction() &&
        scene.added_not_valid(action.name)) {
        scene.report(
            "constraint-missing-not-valid",
            fmt::format(
                "{} stays locked by ADD CONSTRAINT while {} is validated in the same transaction",
                spelled(action.object),
                action.name),
            "Validate it in the next migration.");
    } else if (
        action.kind == Kind::set_not_null &&
        (scene.older_than(12) || !scene.known_not_null(action.object, action.column))) {
        scene.report(
            "adding-not-nullable-field",
            fmt::format(
                "{} is locked while all rows are searched for NULL in {}",
                spelled(action.object),
                action.column),
            "ADD CONSTRAINT … CHECK (… IS NOT NULL) NOT VALID, then VALIDATE CONSTRAINT in the "
            "next "
            "migration, then SET NOT NULL, which trusts it.");
    }
}

} // namespace slipway::lint
