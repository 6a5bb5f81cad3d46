// SPDX-License-Identifier: Apache-2.0
#include "plan/alter_effect.hpp"

#include "plan/phrase.hpp"
#include "plan/retype.hpp"

#include <algorithm>
#include <array>

namespace slipway::plan {

namespace {

using Kind = sql::Action::Kind;
using Made = sql::Constraint::Kind;

constexpr int version_12 = 120000;
constexpr int version_11 = 110000;

// Commands that do not reach the partitions and heirs.
constexpr std::array alone{
    Kind::change_owner,
    Kind::set_options,
    Kind::replica_identity,
    Kind::row_security,
    Kind::set_logged,
    Kind::set_access_method,
    Kind::set_tablespace,
    Kind::attach_partition,
    Kind::detach_partition,
    Kind::inherit,
};

bool reaches_family(Kind kind, Relation const& table) {
    bool const trigger = kind == Kind::enable_trigger || kind == Kind::disable_trigger;
    return std::find(alone.begin(), alone.end(), kind) == alone.end() &&
           !(trigger && table.kind != 'p');
}

LockMode mode_of(sql::Action const& action, Relation const& table, Moment const& moment) {
    switch (action.kind) {
    case Kind::set_statistics:
    case Kind::validate_constraint:
        return LockMode::share_update_exclusive;
    case Kind::set_options:
        return table.is_table() || table.kind == 'm' ? LockMode::share_update_exclusive
                                                     : LockMode::access_exclusive;
    case Kind::attach_partition:
        return moment.schema.server_version >= version_12 ? LockMode::share_update_exclusive
                                                          : LockMode::access_exclusive;
    case Kind::detach_partition:
        return action.concurrently ? LockMode::share_update_exclusive
                                   : LockMode::access_exclusive;
    case Kind::enable_trigger:
    case Kind::disable_trigger:
        return LockMode::share_row_exclusive;
    case Kind::add_constraint:
        return action.constraint && action.constraint->kind == Made::foreign_key
                   ? LockMode::share_row_exclusive
                   : LockMode::access_exclusive;
    default: // NOLINT: all other commands
        return LockMode::access_exclusive;
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
            out.work(&table, Work::scan, "looks every row up in " + made.references.name);
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
    if (!column.default_expression.empty() && moment.schema.server_version < version_11) {
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

// Foreign keys of the column, on either side, are made anew, and lock the other table for it.
void lock_other_sides(
    Relation const& table,
    std::string const& column,
    Moment const& moment,
    Effects& out) {
    for (auto const& key : table.constraints) {
        if (key.type == 'f' && mentions(key, column)) {
            out.lock(moment.schema.find(key.references), LockMode::access_exclusive);
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
            }
        }
    }
}

void retype(sql::Action const& action, Relation const& table, Moment const& moment, Effects& out) {
    auto const* column = table.column(action.column);
    lock_other_sides(table, action.column, moment, out);
    if (column == nullptr) {
        return;
    }
    auto const judged = judge_retype(*column, action, moment);
    if (judged.kind == Retype::Kind::rewrite) {
        out.work(&table, Work::rewrite, judged.why);
        return;
    }
    for (auto const& index : table.indexes) {
        bool const has = std::find(index.columns.begin(), index.columns.end(), action.column) !=
                         index.columns.end();
        if (has && (judged.rebuilds_indexes || !index.plain)) {
            out.work(&table, Work::index, "builds an index of the column anew");
        }
    }
    for (auto const& check : table.constraints) {
        if (check.type == 'c' && mentions(check, action.column)) {
            out.work(&table, Work::scan, "checks " + check.name + " again");
        }
    }
}

void set_not_null(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    auto const* column = table.column(action.column);
    bool const is_so = column != nullptr && column->not_null;
    bool const proved = moment.schema.server_version >= version_12 &&
                        moment.pending.proves_not_null(table, action.column);
    if (!is_so && !proved) {
        out.work(&table, Work::scan, "checks that " + action.column + " holds no null");
    }
}

void validate(sql::Action const& action, Relation const& table, Moment const& moment, Effects& out) {
    if (auto const* pending = moment.pending.unvalidated(table, action.name)) {
        if (pending->kind == Made::foreign_key) {
            out.lock(moment.pending.resolve(pending->references).relation, LockMode::row_share);
        }
        out.work(&table, Work::scan, "checks every row");
        return;
    }
    auto const* known = table.constraint(action.name);
    if (known == nullptr || known->validated) {
        return;
    }
    if (known->type == 'f') {
        out.lock(moment.schema.find(known->references), LockMode::row_share);
    }
    out.work(&table, Work::scan, "checks every row");
}

void attach(sql::Action const& action, Moment const& moment, Effects& out) {
    for (auto const& parent : action.parents) {
        auto const* partition = moment.pending.resolve(parent).relation;
        out.lock(partition, LockMode::access_exclusive, true);
        if (partition != nullptr && action.kind == Kind::attach_partition) {
            out.work(partition, Work::scan, "checks that every row belongs into the partition");
        }
    }
}

void drop_key(Constraint const& key, Moment const& moment, Effects& out) {
    if (key.type == 'f') {
        out.lock(moment.schema.find(key.references), LockMode::access_exclusive);
    }
}

void add_storage(sql::Action const& action, Relation const& table, Moment const& at, Effects& out) {
    if (action.kind == Kind::set_logged) {
        bool const to_unlogged = says(at.statement, {"unlogged"});
        if (table.unlogged != to_unlogged) {
            out.work(&table, Work::rewrite, to_unlogged ? "becomes unlogged" : "becomes logged");
        }
    } else if (action.kind == Kind::set_access_method && table.access_method != action.name) {
        out.work(&table, Work::rewrite, "is stored in another way");
    } else if (action.kind == Kind::set_tablespace) {
        out.work(&table, Work::rewrite, "is copied into another tablespace");
    }
}

} // namespace

void lock_referenced(sql::Constraint const& constraint, Moment const& moment, Effects& out) {
    if (constraint.kind == Made::foreign_key) {
        out.lock(
            moment.pending.resolve(constraint.references).relation,
            LockMode::share_row_exclusive,
            true);
    }
}

void add_alter_table(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* table = moment.pending.resolve(action.object).relation;
    if (table == nullptr) {
        return;
    }
    out.lock(table, mode_of(action, *table, moment), reaches_family(action.kind, *table));
    switch (action.kind) {
    case Kind::add_column:
        if (action.definition && !(action.if_exists && table->column(action.column) != nullptr)) {
            add_column(*action.definition, *table, moment, out);
        }
        break;
    case Kind::alter_column_type:
        retype(action, *table, moment, out);
        break;
    case Kind::set_not_null:
        set_not_null(action, *table, moment, out);
        break;
    case Kind::add_constraint:
        if (action.constraint) {
            add_constraint(*action.constraint, *table, moment, out);
        }
        break;
    case Kind::validate_constraint:
        validate(action, *table, moment, out);
        break;
    case Kind::drop_constraint:
        if (auto const* key = table->constraint(action.name)) {
            drop_key(*key, moment, out);
        }
        break;
    case Kind::drop_column:
        lock_other_sides(*table, action.column, moment, out);
        break;
    case Kind::attach_partition:
    case Kind::detach_partition:
        attach(action, moment, out);
        break;
    case Kind::inherit:
        for (auto const& parent : action.parents) {
            out.lock(
                moment.pending.resolve(parent).relation, LockMode::share_update_exclusive);
        }
        break;
    default: // NOLINT: the lock is all, or a matter of storage
        add_storage(action, *table, moment, out);
        break;
    }
}

} // namespace slipway::plan
