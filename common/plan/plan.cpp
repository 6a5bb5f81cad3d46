// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.hpp"

#include "plan/name.hpp"
#include "plan/safer.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::plan {

namespace {

using Kind = sql::Action::Kind;

void want_column(Wanted& wanted, sql::ColumnDefinition const& column) {
    if (!column.type.empty()) {
        wanted.types.insert(column.type);
    }
    wanted.functions.insert(column.default_functions.begin(), column.default_functions.end());
    for (auto const& made : column.constraints) {
        wanted.relations.insert(made.references.name);
    }
}

void want(Wanted& wanted, sql::Action const& action) {
    wanted.relations.insert(action.object.name);
    for (auto const& name : action.reads) {
        wanted.relations.insert(name.name);
    }
    for (auto const& name : action.parents) {
        wanted.relations.insert(name.name);
    }
    if (action.definition) {
        want_column(wanted, *action.definition);
    }
    if (action.constraint) {
        wanted.relations.insert(action.constraint->references.name);
    }
    for (auto const& made : action.constraints) {
        wanted.relations.insert(made.references.name);
    }
    if (action.kind == Kind::create_table) {
        for (auto const& column : action.columns) {
            for (auto const& made : column.constraints) {
                wanted.relations.insert(made.references.name);
            }
        }
    }
    if (action.kind == Kind::create_index && action.if_exists) {
        wanted.relations.insert(action.name);
    }
    wanted.dependents = wanted.dependents || action.cascade;
    wanted.casts = wanted.casts || action.kind == Kind::alter_column_type;
}

std::string place_of(Where const& where) {
    auto const slash = where.file.rfind('/');
    return fmt::format(
        "{}:{}",
        slash == std::string::npos ? where.file : where.file.substr(slash + 1),
        where.line);
}

std::vector<std::string> notes_on(std::vector<sql::Action> const& actions, Pending const& pending) {
    std::vector<std::string> out;
    auto const note = [&](sql::Name const& name, bool made) {
        auto const target = pending.resolve(name);
        std::string const text = !target.depends.empty()
                                     ? fmt::format("{}: {}", name.name, target.depends)
                                 : made && !target.made_by.empty()
                                     ? fmt::format("{} is made by {}", name.name, target.made_by)
                                     : std::string{};
        if (!text.empty() && std::find(out.begin(), out.end(), text) == out.end()) {
            out.push_back(text);
        }
    };
    for (auto const& action : actions) {
        if (action.kind != Kind::create_table && action.kind != Kind::create_type) {
            note(action.object, true);
        }
        for (auto const& read : action.reads) {
            note(read, false);
        }
    }
    return out;
}

// What the locks of a relation are worth: its size and whom they would wait for.
class Sizes {
public:
    explicit Sizes(std::map<Oid, std::vector<Holder>> holders) : holders_(std::move(holders)) {}

    Lock lock_of(Effect const& effect, Schema const& schema) const {
        Lock lock;
        lock.effect = effect;
        lock.bytes = effect.relation->bytes;
        lock.rows = effect.relation->rows;
        add_holders(lock, effect.relation->oid, effect.mode);
        if (effect.heirs != LockMode::none) {
            for (auto const heir : effect.relation->descendants) {
                add_holders(lock, heir, effect.heirs);
                auto const* other = schema.find(heir);
                if (effect.relation->kind != 'p' && other != nullptr) {
                    lock.bytes += other->bytes;
                    lock.rows = lock.rows && other->rows ? std::optional{*lock.rows + *other->rows}
                                                         : std::nullopt;
                }
            }
        }
        return lock;
    }

private:
    void add_holders(Lock& lock, Oid oid, LockMode mode) const {
        auto const found = holders_.find(oid);
        if (found == holders_.end()) {
            return;
        }
        for (auto const& holder : found->second) {
            bool const known =
                std::any_of(lock.held_by.begin(), lock.held_by.end(), [&](Holder const& other) {
                    return other.pid == holder.pid;
                });
            if (!known && conflict(mode, holder.mode)) {
                lock.held_by.push_back(holder);
            }
        }
    }

    std::map<Oid, std::vector<Holder>> holders_;
};

bool is_empty(Relation const& relation) {
    return relation.empty || !(relation.is_table() || relation.kind == 'm' || relation.is_index());
}

// The hardest work on a table with rows; nothing where there is none.
Effect const* hardest(std::vector<Effect> const& effects) {
    Effect const* out = nullptr;
    for (auto const& effect : effects) {
        if (effect.work != Work::none && !is_empty(*effect.relation) &&
            (out == nullptr || effect.work > out->work)) {
            out = &effect;
        }
    }
    return out;
}

std::string doing(Effect const& effect) {
    switch (effect.work) {
    case Work::none:
        return {};
    case Work::scan:
        return "goes through " + effect.relation->name.name;
    case Work::index:
        return "builds an index on " + effect.relation->name.name;
    case Work::rewrite:
        return "rewrites " + effect.relation->name.name;
    }
    return {};
}

// A transaction keeps its locks: a short one becomes long where a later statement works hard.
void tell_how_long(
    Migration const& migration,
    std::vector<std::vector<Effect>> const& effects,
    std::vector<Outlook>& outlooks) {
    std::string later;
    for (std::size_t i = outlooks.size(); i-- > 0;) {
        auto const& statement = migration.statements[i];
        auto const* own = hardest(effects[i]);
        if (!statement.transactional) {
            later.clear();
        }
        for (auto& lock : outlooks[i].locks) {
            if (blocks(lock.effect.mode) != Blocks::nothing && !is_empty(*lock.effect.relation)) {
                lock.lasts = own != nullptr ? "while it " + doing(*own) : later;
            }
        }
        if (own != nullptr && statement.transactional) {
            later = fmt::format("while line {} {}", statement.where.line, doing(*own));
        }
    }
}

class Planner {
public:
    Planner(
        pg::Connection& connection,
        std::vector<Migration> const& migrations,
        PlanLimits const& limits,
        Touched& touched)
        : connection_(connection), migrations_(migrations), limits_(limits), touched_(touched) {}

    Plan make();

private:
    void read();
    void judge();
    void ask_and_learn(Statement const& statement, Outlook& known, Pending& pending) const;
    void ask();
    Outlook& outlook(std::size_t migration, std::size_t statement) {
        return plan_.migrations[migration][statement];
    }

    pg::Connection& connection_;
    std::vector<Migration> const& migrations_;
    PlanLimits const& limits_;
    Touched& touched_;
    Plan plan_;
    std::vector<std::vector<std::vector<Effect>>> effects_;
};

void Planner::read() {
    Wanted wanted;
    for (auto const& migration : migrations_) {
        auto& outlooks = plan_.migrations.emplace_back();
        for (auto const& statement : migration.statements) {
            Outlook outlook;
            outlook.actions = add_statement(touched_, statement.text);
            if (outlook.actions) {
                for (auto const& action : *outlook.actions) {
                    want(wanted, action);
                }
            }
            outlooks.push_back(std::move(outlook));
        }
    }
    wanted.relations.erase("");
    plan_.schema = std::make_shared<Schema const>(Schema::read(connection_, wanted));
    if (limits_.on_schema) {
        limits_.on_schema(plan_.schema);
    }
}

void Planner::judge() {
    Pending pending{*plan_.schema};
    for (std::size_t m = 0; m < migrations_.size(); ++m) {
        pending.next_file();
        auto& effects = effects_.emplace_back();
        for (std::size_t s = 0; s < migrations_[m].statements.size(); ++s) {
            auto const& statement = migrations_[m].statements[s];
            auto& known = outlook(m, s);
            effects.emplace_back();
            if (known.actions) {
                Moment const moment{*plan_.schema, pending, statement.text};
                known.notes = notes_on(*known.actions, pending);
                if (runs_code(statement.text)) {
                    known.notes.emplace_back("what it runs is not looked into");
                }
                effects.back() = effects_of(*known.actions, moment);
            }
            ask_and_learn(statement, known, pending);
        }
    }
}

// A later command of ALTER TABLE already finds the column that an earlier one adds.
void Planner::ask_and_learn(Statement const& statement, Outlook& known, Pending& pending) const {
    auto const place = place_of(statement.where);
    if (!known.actions) {
        pending.add(statement.text, known.actions, place);
        return;
    }
    // DROP TABLE a, b drops both at once, whatever their order.
    bool const at_once = known.actions->size() > 1 && known.actions->front().kind == Kind::drop;
    if (at_once) {
        pending.add(statement.text, known.actions, place);
        return;
    }
    for (auto const& action : *known.actions) {
        std::vector<sql::Action> const one{action};
        for (auto& question : questions_of(one, {*plan_.schema, pending, statement.text})) {
            known.data.push_back({std::move(question), {}});
        }
        pending.add(statement.text, one, place);
    }
}

void Planner::ask() {
    for (std::size_t m = 0; m < migrations_.size(); ++m) {
        for (std::size_t s = 0; s < migrations_[m].statements.size(); ++s) {
            bool failed = false;
            auto& data = outlook(m, s).data;
            for (auto& datum : data) {
                // What is cut can only be asked where all of it can be cast.
                if (datum.question.kind == Question::Kind::cut && failed) {
                    continue;
                }
                if (limits_.answer.time.count() == 0 && datum.question.unanswerable.empty()) {
                    datum.question.unanswerable = "there is no time for it";
                }
                if (limits_.on_question) {
                    limits_.on_question(migrations_[m].statements[s].where);
                }
                datum.answer = answer(connection_, datum.question, limits_.answer);
                failed = datum.question.kind == Question::Kind::type &&
                         datum.answer.status != Answer::Status::holds;
            }
            std::erase_if(data, [](Datum const& datum) {
                return datum.question.kind == Question::Kind::cut && datum.answer.rows == 0;
            });
        }
    }
}

Plan Planner::make() {
    read();
    judge();
    std::vector<Oid> oids;
    for (auto const& [oid, relation] : plan_.schema->relations) {
        oids.push_back(oid);
    }
    Sizes const sizes{lock_holders(connection_, oids)};
    for (std::size_t m = 0; m < migrations_.size(); ++m) {
        for (std::size_t s = 0; s < migrations_[m].statements.size(); ++s) {
            auto& known = outlook(m, s);
            for (auto const& effect : effects_[m][s]) {
                known.locks.push_back(sizes.lock_of(effect, *plan_.schema));
            }
            std::stable_sort(
                known.locks.begin(), known.locks.end(), [](Lock const& a, Lock const& b) {
                    return a.effect.mode > b.effect.mode;
                });
        }
        tell_how_long(migrations_[m], effects_[m], plan_.migrations[m]);
        for (auto& known : plan_.migrations[m]) {
            known.safer = safer_way(known);
        }
    }
    ask();
    return std::move(plan_);
}

} // namespace

Plan make_plan(
    pg::Connection& connection,
    std::vector<Migration> const& migrations,
    PlanLimits const& limits,
    Touched& touched) {
    return Planner{connection, migrations, limits, touched}.make();
}

} // namespace slipway::plan
