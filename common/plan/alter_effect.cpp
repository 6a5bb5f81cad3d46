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

// The commands that take less than ACCESS EXCLUSIVE.
constexpr std::array gentle{
    std::pair{Kind::set_statistics, LockMode::share_update_exclusive},
    std::pair{Kind::validate_constraint, LockMode::share_update_exclusive},
    std::pair{Kind::enable_trigger, LockMode::share_row_exclusive},
    std::pair{Kind::disable_trigger, LockMode::share_row_exclusive},
};

// Of a column, SET (n_distinct = …); and CLUSTER ON.
bool sets_attribute_options(std::string_view statement) {
    auto const tokens = tokens_of(statement);
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        bool const bracket = tokens[i + 1].kind == sql::Token::Kind::open;
        if ((bracket && (tokens[i].is("set") || tokens[i].is("reset"))) ||
            (tokens[i].is("cluster") && tokens[i + 1].is("on"))) {
            return true;
        }
    }
    return false;
}

bool is_gentle_here(sql::Action const& action, Relation const& table, Moment const& moment) {
    return (action.kind == Kind::set_options && (table.is_table() || table.kind == 'm')) ||
           (action.kind == Kind::attach_partition && moment.schema.server_version >= 120000) ||
           (action.kind == Kind::detach_partition && action.concurrently) ||
           (action.kind == Kind::alter_table_other && sets_attribute_options(moment.statement));
}

LockMode mode_of(sql::Action const& action, Relation const& table, Moment const& moment) {
    if (is_gentle_here(action, table, moment)) {
        return LockMode::share_update_exclusive;
    }
    if (action.kind == Kind::add_constraint && action.constraint &&
        action.constraint->kind == Made::foreign_key) {
        return LockMode::share_row_exclusive;
    }
    auto const* const known = std::find_if(
        gentle.begin(), gentle.end(), [&](auto const& each) { return each.first == action.kind; });
    return known == gentle.end() ? LockMode::access_exclusive : known->second;
}

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

// Foreign keys of the column, on either side, go or are made anew, and lock the other table for it.
void lock_other_sides(
    Relation const& table,
    std::string const& column,
    Moment const& moment,
    Effects& out,
    bool checked_again = false) {
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

void new_column(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    bool const is_there = action.if_exists && table.column(action.column) != nullptr;
    if (action.definition && !is_there) {
        add_column(*action.definition, table, moment, out);
    }
}

void new_constraint(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    if (action.constraint) {
        add_constraint(*action.constraint, table, moment, out);
    }
}

void retype(sql::Action const& action, Relation const& table, Moment const& moment, Effects& out) {
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

void set_not_null(
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

void validate(
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

void attach(sql::Action const& action, Relation const&, Moment const& moment, Effects& out) {
    for (auto const& parent : action.parents) {
        auto const* partition = moment.pending.resolve(parent).relation;
        out.lock(partition, LockMode::access_exclusive, true);
        if (partition != nullptr && action.kind == Kind::attach_partition) {
            out.work(partition, Work::scan, "checks that every row belongs into the partition");
        }
    }
}

void inherit(sql::Action const& action, Relation const&, Moment const& moment, Effects& out) {
    for (auto const& parent : action.parents) {
        bool const leaves = says(moment.statement, {"no", "inherit"});
        out.lock(
            moment.pending.resolve(parent).relation,
            leaves ? LockMode::access_share : LockMode::share_update_exclusive);
    }
}

void drop_column(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    lock_other_sides(table, action.column, moment, out);
}

void drop_constraint(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    auto const* key = table.constraint(action.name);
    if (key != nullptr && key->type == 'f') {
        out.lock(moment.schema.find(key->references), LockMode::access_exclusive);
    } else if (key != nullptr && action.cascade) {
        for (auto const& column : key->columns) {
            lock_other_sides(table, column, moment, out);
        }
    }
}

void set_logged(sql::Action const&, Relation const& table, Moment const& moment, Effects& out) {
    bool const to_unlogged = says(moment.statement, {"unlogged"});
    if (table.unlogged != to_unlogged) {
        out.work(&table, Work::rewrite, to_unlogged ? "becomes unlogged" : "becomes logged");
    }
}

void set_access_method(
    sql::Action const& action,
    Relation const& table,
    Moment const&,
    Effects& out) {
    if (table.access_method != action.name) {
        out.work(&table, Work::rewrite, "is stored in another way");
    }
}

void set_tablespace(sql::Action const&, Relation const& table, Moment const&, Effects& out) {
    out.work(&table, Work::rewrite, "is copied into another tablespace");
}

struct Command {
    Kind kind;
    void (
        *add)(sql::Action const& action, Relation const& table, Moment const& moment, Effects& out);
};

// The commands of which the lock on their own table is not all.
constexpr std::array commands{
    Command{Kind::add_column, new_column},
    Command{Kind::alter_column_type, retype},
    Command{Kind::set_not_null, set_not_null},
    Command{Kind::add_constraint, new_constraint},
    Command{Kind::validate_constraint, validate},
    Command{Kind::drop_constraint, drop_constraint},
    Command{Kind::drop_column, drop_column},
    Command{Kind::attach_partition, attach},
    Command{Kind::detach_partition, attach},
    Command{Kind::inherit, inherit},
    Command{Kind::set_logged, set_logged},
    Command{Kind::set_access_method, set_access_method},
    Command{Kind::set_tablespace, set_tablespace},
};

bool is_of_index(sql::Action const& action) {
    return action.kind == Kind::add_constraint && action.constraint &&
           (action.constraint->kind == Made::unique ||
            action.constraint->kind == Made::primary_key);
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
    bool const by_index = is_of_index(action) && table->kind == 'p';
    out.lock(
        table, mode_of(action, *table, moment), reaches_family(action.kind, *table) && !by_index);
    if (by_index) {
        out.lock_heirs(*table, LockMode::share); // each partition builds an index of its own
    }
    auto const* const command =
        std::find_if(commands.begin(), commands.end(), [&](Command const& each) {
            return each.kind == action.kind;
        });
    if (command != commands.end()) {
        command->add(action, *table, moment, out);
    }
}

} // namespace slipway::plan
