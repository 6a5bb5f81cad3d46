// SPDX-License-Identifier: Apache-2.0
#include "observed_facts.hpp"

#include "progress/progress.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migrate_apply {

namespace {

constexpr int share = 5; // from this strength on a lock keeps writers out
constexpr int access_exclusive = 8;

// One thing that a statement did to a table, and how it is done more gently.
struct Fact {
    std::string id;
    std::string title;
    std::int64_t table = 0; // oid
    std::string what;
    std::string hint;
    bool always = false; // whatever the table's size
};

std::string rows_of(catalog::Table const& table) {
    auto const rows = static_cast<double>(table.estimated_rows);
    if (rows < 0) {
        return "never analysed";
    }
    return rows < 1e6   ? fmt::format("about {:.0f} rows", rows)
           : rows < 1e9 ? fmt::format("about {:.1f} million rows", rows / 1e6)
                        : fmt::format("about {:.1f} billion rows", rows / 1e9);
}

// What one statement was seen to do, and where.
class Telling {
public:
    Telling(
        Session& target,
        Prepared const& prepared,
        Observer const& observer,
        TargetTables const& tables)
        : target_(target), prepared_(prepared), observer_(observer), tables_(tables) {}

    void tell(migration::Step const& step, Observed const& seen) {
        std::vector<Fact> facts;
        add_rewrites(seen, facts);
        add_indexes(step, seen, facts);
        add_constraints(seen, facts);
        for (auto const& lock : seen.locks) {
            held_[lock.relation] = std::max(held_[lock.relation], lock.strength);
        }
        add_scans(step, seen, facts);
        add_locks(seen, facts);
        for (auto const& fact : facts) {
            note(fact, step);
        }
    }

private:
    [[nodiscard]] catalog::Table const* on_target(std::int64_t oid) const {
        auto const found = tables_.find(observer_.on_target(oid));
        return found == tables_.end() ? nullptr : &found->second;
    }

    [[nodiscard]] bool is_big(std::int64_t oid) const {
        auto const* const table = on_target(oid);
        return table != nullptr &&
               static_cast<std::uint64_t>(table->bytes) >= target_.options.big_table.count;
    }

    // `public.users (412 MB, about 1.2 million rows on the target)`
    [[nodiscard]] std::string named(std::int64_t oid) const {
        std::string const name = observer_.relation(oid).full_name();
        auto const* const table = on_target(oid);
        if (table == nullptr) {
            return observer_.on_target(oid).empty() ? name + " (made by an earlier migration)"
                                                    : name;
        }
        return fmt::format(
            "{} ({}, {} on the target)",
            name,
            progress::human_bytes(static_cast<std::uint64_t>(table->bytes)),
            rows_of(*table));
    }

    void add_rewrites(Observed const& seen, std::vector<Fact>& out) {
        for (auto const oid : seen.rewrites) {
            out.push_back(
                {"shadow.rewrite",
                 "A table is rewritten",
                 oid,
                 "rewrites " + named(oid),
                 "It blocks readers and writers for as long as it takes. Add a new column, fill it "
                 "in batches and change the names, or do this while nobody needs the table."});
        }
        for (auto const& index : seen.rebuilt_indexes) {
            out.push_back(
                {"shadow.index_rebuild",
                 "An index is rebuilt",
                 table_of(index, seen),
                 "rebuilds the index " + index,
                 "REINDEX INDEX CONCURRENTLY rebuilds one while others read and write."});
        }
    }

    // The one of its table that the statement had to lock.
    [[nodiscard]] std::int64_t table_of(std::string const&, Observed const& seen) const {
        auto const at = std::max_element(
            seen.locks.begin(), seen.locks.end(), [&](auto const& a, auto const& b) {
                return rank(a) < rank(b);
            });
        return at == seen.locks.end() || rank(*at) == 0 ? 0 : at->relation;
    }

    [[nodiscard]] int rank(Observed::Lock const& lock) const {
        return observer_.relation(lock.relation).is_index() ? 0 : lock.strength;
    }

    void add_indexes(migration::Step const& step, Observed const& seen, std::vector<Fact>& out) {
        for (auto const& [index, table] : seen.new_indexes) {
            bool const by_constraint = step.nature.command.starts_with("ALTER TABLE");
            if (step.nature.concurrently || seen.rewrites.contains(table)) {
                continue;
            }
            told_.insert(table);
            out.push_back(
                {"shadow.index_not_concurrent",
                 "An index is built while writers wait",
                 table,
                 fmt::format("builds the index {} on {}", index, named(table)),
                 by_constraint ? "Build it first with CREATE UNIQUE INDEX CONCURRENTLY, in a "
                                 "migration of its "
                                 "own, then ADD CONSTRAINT … USING INDEX."
                               : "CREATE INDEX CONCURRENTLY, in a migration of its own, lets "
                                 "writers go on."});
        }
        for (auto const& index : seen.invalid_indexes) {
            out.push_back(
                {"shadow.index_invalid",
                 "An index is left INVALID",
                 0,
                 "leaves the index " + index + " INVALID: it costs and does not serve",
                 "Attach an index to it for every partition, or build it without ONLY.",
                 true});
        }
    }

    void add_constraints(Observed const& seen, std::vector<Fact>& out) {
        for (auto const& constraint : seen.validated) {
            told_.insert(constraint.table);
            out.push_back(
                {"shadow.constraint_validated",
                 "A constraint is checked at once",
                 constraint.table,
                 fmt::format(
                     "reads all of {} for the constraint {}",
                     named(constraint.table),
                     constraint.name),
                 "Add it NOT VALID, and VALIDATE CONSTRAINT in a later migration: readers and "
                 "writers then go on meanwhile."});
        }
    }

    // Of readers alone nothing is said: an UPDATE, too, reads a table to its end.
    void add_scans(migration::Step const& step, Observed const& seen, std::vector<Fact>& out) {
        for (auto const oid : seen.scans) {
            bool const explained = told_.contains(oid) || seen.rewrites.contains(oid);
            if (explained || held_[oid] < share || !step.nature.command.starts_with("ALTER")) {
                continue;
            }
            told_.insert(oid);
            out.push_back(
                {"shadow.scan",
                 "A table is read to its end under a lock",
                 oid,
                 "reads all of " + named(oid) + " while others wait",
                 "For SET NOT NULL first ADD CHECK (… IS NOT NULL) NOT VALID and VALIDATE it: the "
                 "server then knows, and reads nothing."});
        }
    }

    void add_locks(Observed const& seen, std::vector<Fact>& out) {
        for (auto const& lock : seen.locks) {
            auto const kind = observer_.relation(lock.relation).kind;
            bool const is_table = kind == 'r' || kind == 'p' || kind == 'm';
            bool const explained =
                told_.contains(lock.relation) || seen.rewrites.contains(lock.relation);
            if (lock.strength < share || !is_table || explained) {
                continue;
            }
            out.push_back(
                {"shadow.lock",
                 "A table is locked",
                 lock.relation,
                 fmt::format(
                     "takes {} on {}, which blocks {} until its migration has ended",
                     lock.mode,
                     named(lock.relation),
                     lock.strength == access_exclusive ? "reads and writes" : "writes"),
                 "It is short by itself, but waits behind every query that runs, and all others "
                 "wait behind it: keep --lock-timeout low, and let nothing slow follow in the same "
                 "migration."});
        }
        told_.clear();
    }

    void note(Fact const& fact, migration::Step const& step) {
        bool const warn = fact.always || (fact.table != 0 && is_big(fact.table));
        Where const where = prepared_.script.place(step);
        record::Check check;
        check.id = fact.id;
        check.title = fact.title;
        check.status = warn ? record::CheckStatus::warned : record::CheckStatus::passed;
        check.severity = warn ? record::Severity::minor : record::Severity::info;
        check.message = fmt::format("{}: {} {}", where.text(), step.nature.command, fact.what);
        check.hint = fact.hint;
        check.where = where;
        target_.context.record.add(std::move(check));
        auto& log = target_.context.log;
        if (warn) {
            log.problem(log::Level::warning, where, fact.title, fact.what + ". " + fact.hint);
        } else {
            log.info(fmt::format("  line {}: {}", step.statement.line, fact.what));
        }
    }

    Session& target_;
    Prepared const& prepared_;
    Observer const& observer_;
    TargetTables const& tables_;
    std::map<std::int64_t, int> held_; // strengths, in this migration
    std::set<std::int64_t> told_;      // tables of which this statement's fact says enough
};

json::Value names_of(std::set<std::int64_t> const& oids, Observer const& observer) {
    auto out = json::Value::array();
    for (auto const oid : oids) {
        out.push_back(observer.relation(oid).full_name());
    }
    return out;
}

json::Value json_of(Observed const& seen, Observer const& observer) {
    auto locks = json::Value::array();
    for (auto const& lock : seen.locks) {
        if (!observer.relation(lock.relation).is_index() || lock.strength == access_exclusive) {
            locks.push_back({{"relation", lock.name}, {"mode", lock.mode}});
        }
    }
    auto indexes = json::Value::array();
    for (auto const& each : seen.new_indexes) {
        indexes.push_back(each.first);
    }
    auto constraints = json::Value::array();
    for (auto const& each : seen.validated) {
        constraints.push_back(observer.relation(each.table).full_name() + "." + each.name);
    }
    return {
        {"duration_ms", seen.duration.count()},
        {"locks", std::move(locks)},
        {"rewrites", names_of(seen.rewrites, observer)},
        {"scans", names_of(seen.scans, observer)},
        {"rebuilt_indexes", seen.rebuilt_indexes},
        {"new_indexes", std::move(indexes)},
        {"invalid_indexes", seen.invalid_indexes},
        {"validated_constraints", std::move(constraints)}};
}

} // namespace

void tell_observed(
    Session& target,
    Prepared const& prepared,
    Observer const& observer,
    TargetTables const& tables) {
    Telling telling{target, prepared, observer, tables};
    auto statements = json::Value::array();
    for (auto const& step : prepared.script.steps) {
        json::Value statement{
            {"line", step.statement.line},
            {"column", step.statement.column},
            {"command", step.nature.command},
            {"transactional", !step.nature.refuses_transaction},
            {"text", text::shorten(step.statement.text, 500)}};
        if (auto const* const seen = observer.seen(step)) {
            statement["observed"] = json_of(*seen, observer);
            telling.tell(step, *seen);
        }
        statements.push_back(std::move(statement));
    }
    for (auto& migration : (*target.context.record.data)["migrations"]) {
        if (migration["id"] == prepared.item->id) {
            migration["statements"] = std::move(statements);
            migration["transactional"] = prepared.script.transactional;
            return;
        }
    }
}

} // namespace slipway::migrate_apply
