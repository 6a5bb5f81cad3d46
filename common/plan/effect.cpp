// SPDX-License-Identifier: Apache-2.0
#include "plan/effect.hpp"

#include "plan/alter_effect.hpp"
#include "plan/phrase.hpp"
#include "sql/classify.hpp"

#include <algorithm>
#include <array>

namespace slipway::plan {

namespace {

using Kind = sql::Action::Kind;

void lock_reads(sql::Action const& action, Moment const& moment, Effects& out) {
    for (auto const& read : action.reads) {
        auto const* relation = moment.pending.resolve(read).relation;
        out.lock(relation, LockMode::access_share, true);
        if (relation != nullptr && action.kind != Kind::create_table &&
            action.kind != Kind::create_view && action.kind != Kind::select) {
            out.work(relation, Work::scan, "is read");
        }
    }
}

void create_table(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const target = moment.pending.resolve(action.object);
    if (action.if_exists && target.relation != nullptr) {
        return;
    }
    for (auto const& parent : action.parents) {
        out.lock(
            moment.pending.resolve(parent).relation,
            action.partition ? LockMode::access_exclusive : LockMode::share_update_exclusive);
    }
    for (auto const& made : action.constraints) {
        lock_referenced(made, moment, out);
    }
    for (auto const& column : action.columns) {
        for (auto const& made : column.constraints) {
            lock_referenced(made, moment, out);
        }
    }
    lock_reads(action, moment, out);
}

void create_index(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* table = moment.pending.resolve(action.object).relation;
    out.lock(table, action.concurrently ? LockMode::share_update_exclusive : LockMode::share, true);
    // On a partitioned table alone it is but an entry, to be completed by its partitions' own.
    bool const entry = table != nullptr && table->kind == 'p' && says_only(moment.statement);
    if (table != nullptr && !entry && !moment.pending.has_index(action)) {
        out.work(table, Work::index, "builds an index");
    }
}

// The views that show it, and the views that show these.
void drop_dependents(Relation const& relation, Moment const& at, Effects& out) {
    for (auto const oid : relation.viewed_by) {
        if (auto const* view = at.schema.find(oid)) {
            out.lock(view, LockMode::access_exclusive);
            drop_dependents(*view, at, out);
        }
    }
}

void drop_relation(
    sql::Action const& action,
    Relation const& relation,
    Moment const& at,
    Effects& out) {
    if (relation.is_index()) {
        auto const mode =
            action.concurrently ? LockMode::share_update_exclusive : LockMode::access_exclusive;
        out.lock(at.schema.find(relation.table), mode, true);
        out.lock(&relation, mode);
        return;
    }
    out.lock(&relation, LockMode::access_exclusive, true);
    for (auto const* const tied :
         {&relation.references, &relation.referenced_by, &relation.partition_of}) {
        for (auto const oid : *tied) {
            out.lock(at.schema.find(oid), LockMode::access_exclusive);
        }
    }
    if (action.cascade) {
        drop_dependents(relation, at, out);
    }
}

void drop(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* relation = moment.pending.resolve(action.object).relation;
    if (relation == nullptr) {
        return;
    }
    constexpr std::array<std::string_view, 3> parts{"trigger", "rule", "policy"};
    if (std::find(parts.begin(), parts.end(), action.object_type) != parts.end()) {
        bool const reaches = action.object_type == "trigger" && relation->kind == 'p';
        out.lock(relation, LockMode::access_exclusive, reaches);
    } else if (action.object_type != "type" && action.object_type != "function") {
        drop_relation(action, *relation, moment, out);
    }
}

void truncate_tied(Relation const& table, Moment const& moment, Effects& out) {
    for (auto const oid : table.referenced_by) {
        auto const* other = moment.schema.find(oid);
        auto const& known = out.list();
        bool const seen = std::any_of(known.begin(), known.end(), [&](Effect const& effect) {
            return effect.relation == other && effect.mode == LockMode::access_exclusive;
        });
        if (other != nullptr && !seen) {
            out.lock(other, LockMode::access_exclusive, true);
            truncate_tied(*other, moment, out);
        }
    }
}

void reindex(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* relation = moment.pending.resolve(action.object).relation;
    if (relation == nullptr) {
        return;
    }
    auto const* table = relation->is_index() ? moment.schema.find(relation->table) : relation;
    out.lock(table, action.concurrently ? LockMode::share_update_exclusive : LockMode::share, true);
    // Even to be planned, a query asks for a lock on each index of its table.
    auto const lock_index = [&](Relation const* index) {
        out.lock(
            index,
            action.concurrently ? LockMode::share_update_exclusive : LockMode::access_exclusive,
            true);
    };
    if (relation->is_index()) {
        lock_index(relation);
    } else {
        for (auto const& index : relation->indexes) {
            lock_index(moment.schema.find(index.oid));
        }
    }
    if (table != nullptr) {
        out.work(table, Work::index, "builds indexes anew");
    }
}

void rename(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* relation = moment.pending.resolve(action.object).relation;
    if (relation == nullptr || action.object_type == "type" || action.object_type == "function") {
        return;
    }
    bool const index = relation->is_index();
    out.lock(
        relation,
        index && moment.schema.server_version >= 120000 ? LockMode::share_update_exclusive
                                                        : LockMode::access_exclusive,
        !action.column.empty());
}

// Foreign keys are looked up on the other side: of a row that comes, and of one that goes.
void lock_looked_up(
    sql::Action const& action,
    Relation const& table,
    Moment const& moment,
    Effects& out) {
    for (auto const& key : table.constraints) {
        bool const concerned =
            action.kind != Kind::update ||
            std::any_of(key.columns.begin(), key.columns.end(), [&](auto const& column) {
                return std::find(action.assigned.begin(), action.assigned.end(), column) !=
                       action.assigned.end();
            });
        if (key.type == 'f' && concerned && action.kind != Kind::remove) {
            out.lock(moment.schema.find(key.references), LockMode::row_share);
        }
    }
    if (action.kind == Kind::remove) {
        for (auto const oid : table.referenced_by) {
            out.lock(moment.schema.find(oid), LockMode::row_share);
        }
    }
}

void write(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* table = moment.pending.resolve(action.object).relation;
    bool const inserts = action.kind == Kind::insert || action.kind == Kind::copy_from;
    out.lock(table, LockMode::row_exclusive, !inserts);
    if (table != nullptr) {
        if (!inserts) {
            out.work(table, Work::scan, "goes through the rows");
        }
        lock_looked_up(action, *table, moment, out);
    }
    lock_reads(action, moment, out);
}

void alter_domain(sql::Action const& action, Moment const& moment, Effects& out) {
    if (!action.constraint || action.constraint->not_valid) {
        return;
    }
    for (auto const& use : moment.schema.uses_of_domain(action.object, moment.pending.path())) {
        auto const* table = moment.schema.find(use.table);
        out.lock(table, LockMode::share);
        if (table != nullptr) {
            out.work(table, Work::scan, "checks " + use.column + " of every row");
        }
    }
}

struct Simple {
    Kind kind;
    LockMode mode;
    bool family;
    Work work;
    std::string_view why;
};

// The statements that do one thing to one relation.
constexpr std::array simple{
    Simple{Kind::create_trigger, LockMode::share_row_exclusive, true, Work::none, ""},
    Simple{Kind::create_rule, LockMode::access_exclusive, false, Work::none, ""},
    Simple{Kind::create_policy, LockMode::access_exclusive, false, Work::none, ""},
    Simple{Kind::set_schema, LockMode::access_exclusive, false, Work::none, ""},
    Simple{Kind::cluster, LockMode::access_exclusive, true, Work::rewrite, "is written in order"},
    Simple{Kind::comment, LockMode::share_update_exclusive, false, Work::none, ""},
    Simple{Kind::analyze, LockMode::share_update_exclusive, true, Work::none, ""},
};

void add_simple(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* const rule = std::find_if(
        simple.begin(), simple.end(), [&](Simple const& each) { return each.kind == action.kind; });
    auto const* relation = moment.pending.resolve(action.object).relation;
    if (rule == simple.end() || relation == nullptr) {
        return;
    }
    bool const partitions_alone = rule->kind == Kind::create_trigger && relation->kind != 'p';
    out.lock(relation, rule->mode, rule->family && !partitions_alone);
    if (rule->work != Work::none) {
        out.work(relation, rule->work, std::string{rule->why});
    }
}

void lock_explicitly(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const mode = lock_mode_from(action.lock_mode);
    out.lock(
        moment.pending.resolve(action.object).relation,
        mode.value_or(LockMode::access_exclusive),
        true);
}

void vacuum(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* table = moment.pending.resolve(action.object).relation;
    out.lock(
        table, action.full ? LockMode::access_exclusive : LockMode::share_update_exclusive, true);
    if (table != nullptr && action.full) {
        out.work(table, Work::rewrite, "is written anew");
    }
}

void refresh(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* view = moment.pending.resolve(action.object).relation;
    out.lock(view, action.concurrently ? LockMode::exclusive : LockMode::access_exclusive);
    if (view != nullptr) {
        out.work(view, action.concurrently ? Work::scan : Work::rewrite, "is computed anew");
    }
}

void replace_view(sql::Action const& action, Moment const& moment, Effects& out) {
    if (action.if_exists) {
        out.lock(moment.pending.resolve(action.object).relation, LockMode::access_exclusive);
    }
    lock_reads(action, moment, out);
}

void truncate(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* table = moment.pending.resolve(action.object).relation;
    out.lock(table, LockMode::access_exclusive, true);
    if (table != nullptr && action.cascade) {
        truncate_tied(*table, moment, out);
    }
}

struct Handler {
    Kind kind;
    void (*add)(sql::Action const& action, Moment const& moment, Effects& out);
};

constexpr std::array handlers{
    Handler{Kind::create_table, create_table},
    Handler{Kind::create_index, create_index},
    Handler{Kind::create_view, replace_view},
    Handler{Kind::create_materialized_view, lock_reads},
    Handler{Kind::create_table_as, lock_reads},
    Handler{Kind::select, lock_reads},
    Handler{Kind::drop, drop},
    Handler{Kind::truncate, truncate},
    Handler{Kind::rename, rename},
    Handler{Kind::reindex, reindex},
    Handler{Kind::lock_table, lock_explicitly},
    Handler{Kind::vacuum, vacuum},
    Handler{Kind::refresh_materialized_view, refresh},
    Handler{Kind::insert, write},
    Handler{Kind::update, write},
    Handler{Kind::remove, write},
    Handler{Kind::merge, write},
    Handler{Kind::copy_from, write},
    Handler{Kind::alter_domain_add_constraint, alter_domain},
};

void add_one(sql::Action const& action, Moment const& moment, Effects& out) {
    auto const* const handler =
        std::find_if(handlers.begin(), handlers.end(), [&](Handler const& each) {
            return each.kind == action.kind;
        });
    if (handler != handlers.end()) {
        handler->add(action, moment, out);
    } else if (action.kind >= Kind::add_column && action.kind <= Kind::alter_table_other) {
        add_alter_table(action, moment, out);
    } else {
        add_simple(action, moment, out);
    }
}

} // namespace

std::string_view name(Work work) {
    switch (work) {
    case Work::none:
        return "none";
    case Work::scan:
        return "scan";
    case Work::index:
        return "index";
    case Work::rewrite:
        return "rewrite";
    }
    return "none";
}

Effect& Effects::of(Relation const& relation) {
    auto const found = std::find_if(
        list_.begin(), list_.end(), [&](Effect const& each) { return each.relation == &relation; });
    if (found != list_.end()) {
        return *found;
    }
    list_.push_back({&relation, LockMode::none, LockMode::none, Work::none, {}});
    return list_.back();
}

void Effects::lock(Relation const* relation, LockMode mode, bool family) {
    if (relation != nullptr) {
        auto& effect = of(*relation);
        effect.mode = std::max(effect.mode, mode);
        if (family) {
            lock_heirs(*relation, mode);
        }
    }
}

void Effects::lock_heirs(Relation const& relation, LockMode mode) {
    if (!only_ && !relation.descendants.empty()) {
        auto& effect = of(relation);
        effect.heirs = std::max(effect.heirs, mode);
    }
}

void Effects::work(Relation const* relation, Work work, std::string why) {
    auto& effect = of(*relation);
    effect.work = std::max(effect.work, work);
    if (std::find(effect.why.begin(), effect.why.end(), why) == effect.why.end()) {
        effect.why.push_back(std::move(why));
    }
}

std::vector<Effect> effects_of(std::vector<sql::Action> const& actions, Moment const& moment) {
    Effects out{says_only(moment.statement)};
    for (auto const& action : actions) {
        add_one(action, moment, out);
    }
    return out.list();
}

} // namespace slipway::plan
