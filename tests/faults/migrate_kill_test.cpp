// SPDX-License-Identifier: Apache-2.0
// kill -9 of migrate-apply at any instant: history and schema agree, and the next run completes.
#include "catalog/snapshot.hpp"
#include "catalog/tables.hpp"
#include "ci/environment.hpp"
#include "migration/state.hpp"
#include "pg/transaction.hpp"
#include "support/migration_site.hpp"

#include <csignal>
#include <map>
#include <random>

#include <boost/test/unit_test.hpp>

using namespace slipway;
using support::MigrationSite;
using support::ToolRun;

namespace {

// One migration: its statements, and what each of them makes.
struct Part {
    std::string statement;
    std::string makes;
};

struct Migration {
    std::string name;
    bool transactional = true;
    std::vector<Part> parts;
};

std::vector<Migration> twelve_migrations() {
    std::vector<Migration> out;
    for (int n = 1; n <= 12; ++n) {
        std::string const t = "t" + std::to_string(n);
        Migration each{(n < 10 ? "0" : "") + std::to_string(n) + "_" + t, true, {}};
        if (n == 5 || n == 9) {
            each.transactional = false;
            each.parts = {
                {"create index concurrently c" + t + "_a on t1 (x)", "c" + t + "_a"},
                {"create table " + t + " (x int)", t},
                {"create unique index concurrently c" + t + "_b on t2 (x)", "c" + t + "_b"},
            };
        } else {
            each.parts = {
                {"create table " + t + " as select generate_series(1, 15000) x", t},
                {"create unique index " + t + "_x on " + t + " (x)", t + "_x"},
                {"create view v" + t + " as select max(x) from " + t, "v" + t},
            };
        }
        out.push_back(std::move(each));
    }
    return out;
}

void fill(MigrationSite& site, bool prisma) {
    for (auto const& migration : twelve_migrations()) {
        std::string sql;
        for (auto const& part : migration.parts) {
            sql += part.statement + ";\n";
        }
        if (prisma) {
            site.add_prisma(migration.name, sql);
        } else {
            site.add(migration.name + ".sql", sql);
        }
    }
}

// What the database holds at one instant.
struct Seen {
    std::map<std::string, bool> objects;          // false: an INVALID index
    std::map<std::string, migration::Entry> rows; // not those that were marked as rolled back
};

Seen look(MigrationSite const& site, bool prisma) {
    Seen seen;
    auto connection = site.db.connect();
    pg::Transaction const one_snapshot{connection, "begin isolation level repeatable read"};
    for (auto const row : connection.exec(
             "select c.relname, coalesce(i.indisvalid, true) from pg_class c left join pg_index i"
             " on i.indexrelid = c.oid where c.relnamespace = 'public'::regnamespace")) {
        seen.objects[row.get<std::string>(0)] = row.get<bool>(1);
    }
    for (auto const& entry :
         migration::ledger_of(prisma ? "prisma" : "plain")->read(connection).entries) {
        if (!entry.rolled_back) {
            BOOST_TEST(seen.rows.count(entry.id) == 0U, "two rows for " + entry.id);
            seen.rows[entry.id] = entry;
        }
    }
    return seen;
}

void require_agreement(Seen const& seen, std::string const& when) {
    for (auto const& migration : twelve_migrations()) {
        auto const row = seen.rows.find(migration.name);
        bool const begun = row != seen.rows.end();
        bool const finished = begun && row->second.finished;
        auto const total = static_cast<int>(migration.parts.size());
        int done = finished ? total : 0;
        if (begun && !finished) {
            BOOST_TEST(!migration.transactional, when + ": an unfinished row of " + migration.name);
            done = migration::steps_in(row->second.log);
            BOOST_TEST(done >= 0, when + ": no progress in the row of " + migration.name);
        }
        int step = 0;
        for (auto const& part : migration.parts) {
            auto const object = seen.objects.find(part.makes);
            bool const there = object != seen.objects.end();
            bool const in_flight = begun && !finished && step == done;
            if (step < done) {
                BOOST_TEST(
                    (there && object->second), when + ": lacks or is invalid: " + part.makes);
            } else if (!in_flight) {
                BOOST_TEST(!there, when + ": is there without its row: " + part.makes);
            }
            ++step;
        }
    }
}

catalog::SchemaSnapshot schema(MigrationSite const& site) {
    auto connection = site.db.connect();
    return catalog::snapshot(connection);
}

// What an undisturbed run makes, and how long it takes.
struct Undisturbed {
    catalog::SchemaSnapshot schema;
    std::chrono::milliseconds duration{0};
};

Undisturbed run_undisturbed(bool prisma) {
    MigrationSite site;
    fill(site, prisma);
    auto const run = site.run();
    BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
    require_agreement(look(site, prisma), "undisturbed");
    return {schema(site), run.duration};
}

void require_completion(MigrationSite const& site, bool prisma, Undisturbed const& whole) {
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    auto connection = site.db.connect();
    BOOST_TEST(catalog::invalid_indexes(connection).empty());
    for (auto const& change : catalog::difference(whole.schema, schema(site))) {
        BOOST_ERROR("differs from an undisturbed run: " + change.object);
    }
    auto const seen = look(site, prisma);
    BOOST_TEST(seen.rows.size() == 12U);
    require_agreement(seen, "completed");
    BOOST_TEST(site.run().at("/summary") == "nothing is pending");
}

void kill_at_random_instants(bool prisma, unsigned seed) {
    auto const whole = run_undisturbed(prisma);
    int const kills = ci::variable("SLIPWAY_FAULTS").value_or("") == "full" ? 50 : 20;
    std::mt19937 random{seed};
    std::uniform_int_distribution<std::int64_t> instant{
        0, std::chrono::microseconds{whole.duration}.count()};
    int killed = 0;
    for (int each = 0; each < kills; ++each) {
        MigrationSite site;
        fill(site, prisma);
        // Every third run is killed a second time, while it goes on.
        for (int again = 0; again < (each % 3 == 2 ? 2 : 1); ++again) {
            std::chrono::microseconds const after{instant(random)};
            auto const run = support::start_and_kill(
                "migrate-apply", site.arguments({}), site.environment(), after, SIGKILL);
            killed += run.signal == SIGKILL ? 1 : 0;
            BOOST_TEST((run.signal == SIGKILL || run.code == 0), run.all());
            // The server may still be at work for the dead runner; what it has committed agrees.
            require_agreement(
                look(site, prisma), "killed after " + std::to_string(after.count()) + " us");
        }
        require_completion(site, prisma, whole);
    }
    BOOST_TEST_MESSAGE(
        killed << " runs killed, undisturbed they take " << whole.duration.count() << " ms");
    BOOST_TEST(killed >= kills / 2, "most runs ended before they were killed");
}

} // namespace

BOOST_AUTO_TEST_SUITE(migrate_kill)

BOOST_AUTO_TEST_CASE(a_killed_run_of_prisma_files_leaves_agreement_and_the_next_completes) {
    kill_at_random_instants(true, 20260131);
}

BOOST_AUTO_TEST_CASE(a_killed_run_of_plain_files_leaves_agreement_and_the_next_completes) {
    kill_at_random_instants(false, 20260201);
}

BOOST_AUTO_TEST_SUITE_END()
