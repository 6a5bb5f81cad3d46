// SPDX-License-Identifier: Apache-2.0
// migrate-apply's looks before the leap: plan, status, dry-runs.
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_plan)

using namespace slipway;
using support::MigrationSite;
using support::sample_app;
using support::sample_database;

namespace {

// A dump without the places of sequences, which a rolled-back transaction moves.
std::string without_sequences(std::string dump) {
    for (auto at = dump.find("SELECT pg_catalog.setval"); at != std::string::npos;
         at = dump.find("SELECT pg_catalog.setval", at)) {
        dump.erase(at, dump.find('\n', at) - at);
    }
    return dump;
}

} // namespace

BOOST_AUTO_TEST_CASE(plan_tells_each_statement_and_writes_nothing_not_even_the_history_table) {
    MigrationSite site{sample_database()};
    site.dir = sample_app() / "migrations";
    auto const before = site.dump();
    auto const run = site.run({"plan"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(
        run.at("/summary") ==
        "2 migrations would be applied; 3 statements block writes for a moment");
    BOOST_TEST(run.at("/data/layout") == "plain");
    BOOST_TEST(run.at("/data/migrations/0/id") == "001_create_task_status_history");
    BOOST_TEST(run.at("/data/migrations/0/status") == "pending");
    BOOST_TEST(run.at("/data/migrations/0/statements/0/command") == "CREATE TABLE");
    BOOST_TEST(run.at("/data/migrations/0/statements/0/line") == "3");
    BOOST_TEST(run.at("/data/migrations/0/statements/3/command") == "CREATE FUNCTION");
    BOOST_TEST(run.at("/data/migrations/0/has_down") == "true");
    BOOST_TEST(run.at("/data/migrations/1/statements/0/command") == "INSERT");
    BOOST_TEST(run.at("/target/database") == site.db.name());
    BOOST_TEST(site.dump() == before);
}

BOOST_AUTO_TEST_CASE(dry_run_plan_is_plan) {
    MigrationSite site{sample_database()};
    site.dir = sample_app() / "migrations";
    auto const before = site.dump();
    auto const run = site.run({"--dry-run=plan"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/dry_run") == "true");
    BOOST_TEST(
        run.at("/summary") ==
        "2 migrations would be applied; 3 statements block writes for a moment");
    BOOST_TEST(site.dump() == before);
}

BOOST_AUTO_TEST_CASE(dry_run_rollback_runs_everything_and_leaves_no_trace_but_sequences) {
    MigrationSite site{sample_database()};
    site.dir = sample_app() / "migrations";
    auto const before = without_sequences(site.dump());
    auto const run = site.run({"--dry-run=rollback"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/summary") == "2 migrations would apply; all was rolled back");
    BOOST_TEST(run.at("/data/migrations/0/status") == "pending");
    BOOST_TEST(run.says("sequences advance"));
    BOOST_TEST(without_sequences(site.dump()) == before);
    BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
}

BOOST_AUTO_TEST_CASE(dry_run_rollback_finds_the_fault_and_its_place_and_leaves_no_trace) {
    MigrationSite site{sample_database()};
    auto const file = site.add(
        "001_a.sql",
        "create table a (id int);\ninsert into a values (1);\nalter table a add check (id > 1);\n");
    auto const before = site.dump();
    auto const run = site.run({"--dry-run=rollback"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/where/file") == file.string());
    BOOST_TEST(run.at("/error/where/line") == "3");
    BOOST_TEST(run.at("/error/sqlstate") == "23514");
    BOOST_TEST(run.at("/data/migrations/0/id") == "001_a");
    BOOST_TEST(site.dump() == before);
}

BOOST_AUTO_TEST_CASE(dry_run_rollback_refuses_what_no_transaction_can_undo) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (id int);");
    site.add("002_b.sql", "select 1;\ncreate index concurrently i on a (id);");
    auto const run = site.run({"--dry-run=rollback"});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(run.at("/error/message").find("CREATE INDEX") != std::string::npos);
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
}

BOOST_AUTO_TEST_CASE(dry_run_rollback_keeps_settings_of_one_file_from_the_next) {
    MigrationSite site;
    site.add("001_a.sql", "create schema other; set search_path = other;");
    site.add("002_b.sql", "create table b (); select 'public.b'::regclass;");
    auto const run = site.run({"--dry-run=rollback"});
    BOOST_TEST(run.code == 0, run.all());
}

BOOST_AUTO_TEST_CASE(dry_run_rollback_in_production_asks_first) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    auto const asked = site.run({"--dry-run=rollback", "--environment", "production"});
    BOOST_TEST(asked.code == 4, asked.all());
    auto const run = site.run({"--dry-run=rollback", "--environment", "production", "--yes"});
    BOOST_TEST(run.code == 0, run.all());
}

BOOST_AUTO_TEST_CASE(status_tells_where_each_migration_stands) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    site.add("002_b.sql", "create table b ();");
    auto const fresh = site.run({"status"});
    BOOST_TEST(fresh.code == 0, fresh.all());
    BOOST_TEST(fresh.says("0 applied, 2 pending"));
    BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
    BOOST_TEST(site.run({"status", "--exit-code"}).code == 1);
    BOOST_TEST(site.run({"--to", "001"}).code == 0);
    auto const half = site.run({"status"});
    BOOST_TEST(half.says("1 applied, 1 pending"));
    BOOST_TEST(half.at("/data/migrations/0/status") == "applied");
    BOOST_TEST(half.at("/data/migrations/0/this_run") == "false");
    site.remove("001_a.sql");
    BOOST_TEST(site.run({"status"}).says("1 without a file"));
    BOOST_TEST(site.run().code == 0);
    BOOST_TEST(site.run({"status", "--exit-code"}).code == 0);
}

BOOST_AUTO_TEST_CASE(status_of_an_interrupted_migration_says_how_to_go_on) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int); insert into a values (1), (1);");
    site.add("002_b.sql", "create unique index concurrently i on a (x);");
    BOOST_TEST(site.run().code == 1);
    auto const run = site.run({"status"});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/error/message").find("002_b") != std::string::npos);
    BOOST_TEST(run.at("/error/hint").find("goes on") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_beside_the_migrations_is_a_warning) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    site.add("notes.txt", "hello");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "warned");
    BOOST_TEST(run.says("notes.txt"));
}

BOOST_AUTO_TEST_SUITE_END()
