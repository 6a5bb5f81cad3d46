// SPDX-License-Identifier: Apache-2.0
#include "plan/column_effect.hpp"

#include "plan/alter_effect.hpp"
#include "plan/retype.hpp"

#include <algorithm>

namespace slipway::plan {

using Made = sql::Constraint::Kind;

namespace {

// What a foreign key's validation reads.
void look_up(Relation const& table, Relation const* other, Effects& out) {
    if (other != nullptr) {
        out.work(&table, Work::scan, "looks every row up in " + other->name.name);
        out.work(other, Work::scan, "is looked up for " + table.name.name);
    }
}

void add_constraint(
    sql::Constraint const& made,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    switch (made.kind) {
    case Made::check:
        if (!made.not_valid) {
            out.work(&table, Work::scan, "checks every row");
        }
        break;
    case Made::foreign_key:
        lock_referenced(made, moment, out);
        if (!made.not_valid) {
            look_up(table, moment.pending.resolve(made.references).relation, out);
        }
        break;
    case Made::unique:
    case Made::primary_key:
    case Made::exclusion:
        if (made.using_index.empty()) {
            out.work(&table, Work::index, "builds an index");
        }
        if (made.kind == Made::primary_key) {
            for (auto const& name : made.columns) {
                auto const* column = table.column(name);
                if (column != nullptr && !column->not_null &&
                    !moment.pending.proves_not_null(table, name)) {
                    out.work(&table, Work::scan, "checks that " + name + " holds no null");
                }
            }
        }
        break;
    case Made::not_null:
        break; // of a column that is added: see there
    }
}

// Empty where the rows can stay as they are, which is so since version 11 for a constant default.
std::string why_rewritten(sql::ColumnDefinition const& column, Moment const& moment) {
    if (column.serial || column.identity) {
        return "gives each row a number";
    }
    if (column.generated) {
        return "computes " + column.name + " for each row";
    }
    auto const* type = moment.schema.type(column.type);
    if (type != nullptr && type->constrained) {
        return "checks each row against the domain " + column.type;
    }
    if (!column.default_expression.empty() && moment.schema.server_version < 110000) {
        return "writes the default into each row";
    }
    for (auto const& function : column.default_functions) {
        auto const is_volatile = moment.schema.is_volatile(function);
        if (!is_volatile || *is_volatile) {
            return function + "() gives each row a value of its own";
        }
    }
    return {};
}

void add_column(
    sql::ColumnDefinition const& column,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    auto const rewritten = why_rewritten(column, moment);
    if (!rewritten.empty()) {
        out.work(&table, Work::rewrite, rewritten);
    }
    bool const has_value = !rewritten.empty() || !column.default_expression.empty();
    for (auto const& made : column.constraints) {
        if (made.kind == Made::not_null) {
            if (!has_value) {
                out.work(&table, Work::scan, "checks that " + column.name + " holds no null");
            }
        } else if (made.kind == Made::foreign_key && !has_value) {
            lock_referenced(made, moment, out); // all is null: nothing to look up
        } else {
            add_constraint(made, table, moment, out);
        }
    }
}

bool mentions(Constraint const& constraint, std::string const& column) {
    return std::find(constraint.columns.begin(), constraint.columns.end(), column) !=
           constraint.columns.end();
}

} // namespace

// Foreign keys of the column, on either side, go or are made anew, and lock the other table for it.
void lock_other_sides(
    Relation const& table,
    std::string const& column,
    Moment const& moment,
    Effects& out,
    bool checked_again) {
    for (auto const& key : table.constraints) {
        if (key.type == 'f' && mentions(key, column)) {
            auto const* other = moment.schema.find(key.references);
            out.lock(other, LockMode::access_exclusive);
            if (checked_again && key.validated) {
                look_up(table, other, out);
            }
        }
    }
    for (auto const oid : table.referenced_by) {
        auto const* other = moment.schema.find(oid);
        if (other == nullptr) {
            continue;
        }
        for (auto const& key : other->constraints) {
            auto const& columns = key.referenced_columns;
            if (key.references == table.oid &&
                std::find(columns.begin(), columns.end(), column) != columns.end()) {
                out.lock(other, LockMode::access_exclusive);
                if (checked_again && key.validated) {
                    look_up(*other, &table, out);
                }
            }
        }
    }
}

void add_new_column(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    bool const is_there = action.if_exists && table.column(action.column) != nullptr;
    if (action.definition && !is_there) {
        add_column(*action.definition, table, moment, out);
    }
}

void add_new_constraint(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    if (action.constraint) {
        add_constraint(*action.constraint, table, moment, out);
    }
}

void add_type_change(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    auto const* column = table.column(action.column);
    auto const judged = column == nullptr ? Retype{} : judge_retype(*column, action, moment);
    lock_other_sides(table, action.column, moment, out, judged.new_operators);
    if (column == nullptr) {
        return;
    }
    if (judged.kind == Retype::Kind::rewrite) {
        out.work(&table, Work::rewrite, judged.why);
        return;
    }
    for (auto const& index : table.indexes) {
        bool const has = std::find(index.columns.begin(), index.columns.end(), action.column) !=
                         index.columns.end();
        if (has && (judged.new_operators || !index.plain)) {
            out.work(&table, Work::index, "builds an index of the column anew");
        }
    }
    for (auto const& check : table.constraints) {
        if (check.type == 'c' && mentions(check, action.column)) {
            out.work(&table, Work::scan, "checks " + check.name + " again");
        }
    }
}

void add_not_null(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    auto const* column = table.column(action.column);
    bool const is_so = column != nullptr && column->not_null;
    bool const proved = moment.schema.server_version >= 120000 &&
                        moment.pending.proves_not_null(table, action.column);
    if (!is_so && !proved) {
        out.work(&table, Work::scan, "checks that " + action.column + " holds no null");
    }
}

void add_validation(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    if (auto const* pending = moment.pending.unvalidated(table, action.name)) {
        if (pending->kind == Made::foreign_key) {
            auto const* other = moment.pending.resolve(pending->references).relation;
            out.lock(other, LockMode::row_share);
            look_up(table, other, out);
        } else {
            out.work(&table, Work::scan, "checks every row");
        }
        return;
    }
    auto const* known = table.constraint(action.name);
    if (known == nullptr || known->validated) {
        return;
    }
    if (known->type == 'f') {
        auto const* other = moment.schema.find(known->references);
        out.lock(other, LockMode::row_share);
        look_up(table, other, out);
    } else {
        out.work(&table, Work::scan, "checks every row");
    }
}

} // namespace slipway::plan
