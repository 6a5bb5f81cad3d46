// SPDX-License-Identifier: Apache-2.0
#include "plan/alter_effect.hpp"

#include "plan/column_effect.hpp"
#include "plan/phrase.hpp"

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
    Command{Kind::add_column, add_new_column},
    Command{Kind::alter_column_type, add_type_change},
    Command{Kind::set_not_null, add_not_null},
    Command{Kind::add_constraint, add_new_constraint},
    Command{Kind::validate_constraint, add_validation},
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
