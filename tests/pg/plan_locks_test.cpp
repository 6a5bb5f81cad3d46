// SPDX-License-Identifier: Apache-2.0
// What the room plan predicts of a statement, against what the server does: each statement is run
// in a transaction, and its locks, new files and scans are compared with the prediction.
#include "plan/plan.hpp"
#include "plan_locks_statements.hpp"
#include "support/database.hpp"
#include "time/deadline.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include <boost/test/unit_test.hpp>

using namespace slipway;
using namespace std::chrono_literals;

namespace plan_locks {

namespace {

using Modes = std::map<std::string, plan::LockMode>;

struct Facts {
    Modes locks;
    std::set<std::string> rewritten; // tables and materialized views
    std::set<std::string> indexed;   // tables of which an index is new
    std::set<std::string> scanned;

    bool operator==(Facts const&) const = default;
};

std::string told(Facts const& facts) {
    std::string out;
    for (auto const& [relation, mode] : facts.locks) {
        out += relation + " " + std::string{plan::name(mode)} + "; ";
    }
    auto const list = [&out](char const* title, std::set<std::string> const& names) {
        out += title;
        for (auto const& name : names) {
            out += " " + name;
        }
        out += "; ";
    };
    list("rewritten:", facts.rewritten);
    list("indexed:", facts.indexed);
    list("scanned:", facts.scanned);
    return out;
}

struct Site {
    support::Database database;
    pg::Connection db = database.connect({.application_name = "slipway/test/plan"});

    Site() {
        db.exec("set timezone = 'UTC'");
        db.script(schema);
        db.exec("create schema elsewhere");
        db.exec("analyze");
    }

    plan::Plan plan_of(std::string_view statement) {
        plan::Migration migration;
        migration.statements.push_back({statement, {"001.sql", 1, 1}, true});
        std::vector<plan::Migration> migrations;
        migrations.push_back(std::move(migration));
        plan::Touched touched;
        return plan::make_plan(db, migrations, {}, touched);
    }

    // Locks on indexes are told only where the statement names the index.
    Facts predicted(plan::Plan const& plan) const {
        Facts out;
        for (auto const& lock : plan.migrations.front().front().locks) {
            auto const& effect = lock.effect;
            std::vector<plan::Relation const*> relations{effect.relation};
            for (auto const oid : effect.relation->descendants) {
                if (effect.heirs != plan::LockMode::none) {
                    relations.push_back(plan.schema->find(oid));
                }
            }
            for (auto const* relation : relations) {
                auto const& name = relation->name.name;
                bool const itself = relation == effect.relation;
                out.locks[name] = std::max(out.locks[name], itself ? effect.mode : effect.heirs);
                if (relation->kind == 'p') {
                    continue; // has no rows of its own
                }
                if (effect.work == plan::Work::rewrite) {
                    out.rewritten.insert(name);
                }
                if (effect.work == plan::Work::index) {
                    out.indexed.insert(name);
                }
                if (effect.work != plan::Work::none) {
                    out.scanned.insert(name);
                }
            }
        }
        return out;
    }

    // The user's relations: oid, name, kind, file, table of an index.
    struct Seen {
        std::string name;
        std::string kind;
        std::string file;
        std::string table;
        std::int64_t scans = 0;
    };
    std::map<std::int64_t, Seen> look() {
        std::map<std::int64_t, Seen> out;
        for (auto const row : db.exec(
                 "select c.oid, c.relname, c.relkind, coalesce(pg_relation_filenode(c.oid), 0),"
                 " coalesce((select t.relname from pg_index i join pg_class t on t.oid = i.indrelid"
                 "  where i.indexrelid = c.oid), ''), pg_stat_get_xact_numscans(c.oid)"
                 " from pg_class c where c.relnamespace = 'public'::regnamespace")) {
            out[row.get<std::int64_t>(0)] = {
                row.get<std::string>(1),
                row.get<std::string>(2),
                row.get<std::string>(3),
                row.get<std::string>(4),
                row.get<std::int64_t>(5)};
        }
        return out;
    }

    // What blocks nothing is told of the tables that a statement names, not of those that a view
    // reads; a table that is only read may be read by an index; TRUNCATE makes new files in no time.
    static void forgive(std::string_view statement, Facts const& prediction, Facts& out) {
        for (auto it = out.locks.begin(); it != out.locks.end();) {
            bool const reads = it->second <= plan::LockMode::row_share;
            if (reads) {
                out.scanned.erase(it->first);
                if (prediction.scanned.contains(it->first)) {
                    out.scanned.insert(it->first);
                }
            }
            bool const unnamed =
                it->second == plan::LockMode::access_share && !prediction.locks.contains(it->first);
            it = unnamed ? out.locks.erase(it) : std::next(it);
        }
        if (statement.starts_with("truncate")) {
            out.rewritten.clear();
            out.indexed.clear();
            out.scanned.clear();
        }
    }

    // Runs the statement in a transaction that is rolled back.
    Facts observed(std::string_view statement, Facts const& prediction) {
        Facts out;
        db.exec("begin");
        auto const before = look();
        std::set<std::string> files; // an index made anew may keep its file
        std::set<std::string> tables;
        for (auto const& [oid, then] : before) {
            files.insert(then.file);
            tables.insert(then.name);
        }
        db.exec(statement);
        for (auto const row :
             db.exec("select relation, mode from pg_locks where pid = pg_backend_pid()"
                     " and locktype = 'relation'")) {
            auto const seen = before.find(row.get<std::int64_t>(0));
            if (seen == before.end()) {
                continue; // a catalog, or made by the statement
            }
            bool const index = seen->second.kind == "i" || seen->second.kind == "I";
            if (!index || prediction.locks.contains(seen->second.name)) {
                auto& mode = out.locks[seen->second.name];
                mode = std::max(mode, *plan::lock_mode_from(row.text(1)));
            }
        }
        for (auto const& [oid, now] : look()) {
            auto const then = before.find(oid);
            bool const index = now.kind == "i";
            bool const changed = then != before.end() && then->second.file != now.file;
            if (index && !files.contains(now.file) && tables.contains(now.table)) {
                out.indexed.insert(now.table);
            } else if (changed && !index && now.kind != "S") {
                out.rewritten.insert(then->second.name);
            }
            if (!index && then != before.end() && now.scans > then->second.scans) {
                out.scanned.insert(then->second.name);
            }
        }
        db.exec("rollback");
        forgive(statement, prediction, out);
        for (auto const& name : out.rewritten) {
            out.indexed.erase(name); // a new file comes with new indexes
        }
        return out;
    }
};

std::vector<std::string> lines(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        auto const end = text.find('\n');
        if (end > 0) {
            out.emplace_back(text.substr(0, end));
        }
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return out;
}

} // namespace

} // namespace plan_locks

BOOST_FIXTURE_TEST_SUITE(plan_locks, plan_locks::Site)

BOOST_AUTO_TEST_CASE(each_statement_does_what_was_predicted_of_it) {
    for (auto const& statement : plan_locks::lines(plan_locks::statements)) {
        BOOST_TEST_CONTEXT(statement) {
            auto const prediction = predicted(plan_of(statement));
            try {
                auto const seen = observed(statement, prediction);
                BOOST_TEST(
                    (seen == prediction),
                    "\n   statement " << statement << "\n   predicted " << told(prediction)
                                      << "\n   observed  " << told(seen));
            } catch (Error const& error) {
                BOOST_ERROR(statement << ": " << error.message());
                db.exec("rollback");
            }
        }
    }
}

// What cannot run in a transaction is watched as it waits for its first lock.
BOOST_AUTO_TEST_CASE(statements_without_a_transaction_ask_for_the_predicted_lock) {
    auto holder = database.connect();
    auto watcher = database.connect();
    auto waiter = database.connect({.application_name = "waiter"});
    auto const pid = waiter.backend_pid();
    for (char const* const statement :
         {"vacuum users",
          "vacuum (full) users",
          "create index concurrently on users (small)",
          "reindex table concurrently users",
          "drop index concurrently users_email",
          "alter table events detach partition events_1 concurrently"}) {
        auto const prediction = predicted(plan_of(statement));
        std::string const table =
            std::string_view{statement}.find("events") == std::string::npos ? "users" : "events";
        // VACUUM looks at the table under ACCESS SHARE first, which this does not hold up.
        holder.exec("begin; lock table only " + table + " in share update exclusive mode");
        std::thread asking{[&] {
            try {
                waiter.exec("set lock_timeout = '10s'");
                waiter.exec(statement);
            } catch (Error const&) {
                // it is cancelled below
            }
        }};
        std::optional<std::string> mode;
        auto const deadline = time::Deadline::after(5s);
        while (!mode && !deadline.expired()) {
            mode = watcher
                       .exec(
                           "select mode from pg_locks where pid = $1 and not granted"
                           " and locktype = 'relation'",
                           {pid})
                       .optional_value<std::string>();
        }
        watcher.exec("select pg_cancel_backend($1)", {pid});
        asking.join();
        holder.exec("rollback");
        BOOST_TEST_CONTEXT(statement) {
            BOOST_REQUIRE(mode);
            BOOST_REQUIRE(prediction.locks.contains(table));
            BOOST_TEST(
                plan::name(prediction.locks.at(table)) == plan::name(*plan::lock_mode_from(*mode)));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
