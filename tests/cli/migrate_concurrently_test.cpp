// SPDX-License-Identifier: Apache-2.0
// Migrations that the server runs in no transaction.
#include "migration/state.hpp"
#include "support/migration_site.hpp"

#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_concurrently)

using namespace slipway;
using namespace std::chrono_literals;
using support::MigrationSite;

namespace {

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

// Makes the history say that the only migration was cut off after `done` of its statements, as a
// kill leaves it.
void cut_off(MigrationSite const& site, int done, int total) {
    site.db.run(
        "update slipway.migrations set finished_at = null, log = '" +
        migration::progress_log(done, total) + "'");
}

std::string valid(MigrationSite const& site, std::string const& index) {
    return site.ask(
        "select indisvalid from pg_index where indexrelid = to_regclass('" + index + "')");
}

} // namespace

BOOST_AUTO_TEST_CASE(concurrent_indexes_of_one_file_are_built_without_a_transaction) {
    MigrationSite site;
    site.add_prisma("1_t", "create table t (x int, y int);");
    site.add_prisma(
        "2_i",
        "create index concurrently i on t (x);\nalter table t add z int;\n"
        "create index concurrently j on t (y);\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(has(run.err, "without a transaction"));
    BOOST_TEST(valid(site, "i") == "t");
    BOOST_TEST(valid(site, "j") == "t");
    BOOST_TEST(
        site.ask("select finished_at is not null and logs is null and applied_steps_count = 1"
                 " from _prisma_migrations where migration_name = '2_i'") == "t");
}

BOOST_AUTO_TEST_CASE(a_unique_index_that_fails_is_dropped_and_built_when_the_data_is_mended) {
    MigrationSite site;
    site.db.run("create table t as select generate_series(1, 5) x; insert into t values (3)");
    auto const file = site.add(
        "001_i.sql", "alter table t add y int;\n\ncreate unique index concurrently i on t (x);\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/where/line") == "3");
    BOOST_TEST(run.at("/error/sqlstate") == "23505");
    BOOST_TEST(run.at("/data/migrations/0/status") == "failed");
    BOOST_TEST(has(run.at("/error/hint"), "1 of its 2 statements are done"), run.all());
    BOOST_TEST(valid(site, "i") == "f");
    BOOST_TEST(site.run().code == 1); // the data is as it was
    site.db.run("delete from t where ctid = (select max(ctid) from t where x = 3)");
    auto const again = site.run();
    BOOST_TEST(again.code == 0, again.all());
    BOOST_TEST(has(again.err, "INVALID"));
    BOOST_TEST(valid(site, "i") == "t");
    BOOST_TEST(
        site.ask("select count(*) || ' ' || count(finished_at) from slipway.migrations") == "1 1");
}

BOOST_AUTO_TEST_CASE(an_index_that_was_ready_when_the_run_was_cut_off_is_not_built_again) {
    MigrationSite site;
    site.db.run("create table t (x int)");
    site.add("001_i.sql", "select 1; create index concurrently i on t (x); select 2;");
    BOOST_TEST(site.run().code == 0);
    auto const oid = site.ask("select 'i'::regclass::oid");
    cut_off(site, 1, 3);
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(has(run.err, "going on after statement 1 of 3"));
    BOOST_TEST(site.ask("select 'i'::regclass::oid") == oid);
}

BOOST_AUTO_TEST_CASE(an_index_that_was_dropped_when_the_run_was_cut_off_is_no_error) {
    MigrationSite site;
    site.db.run("create table t (x int); create index i on t (x)");
    site.add("001_i.sql", "drop index concurrently i; select 2;");
    BOOST_TEST(site.run().code == 0);
    cut_off(site, 0, 2);
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
}

BOOST_AUTO_TEST_CASE(a_foreign_index_of_the_same_name_is_never_taken_for_ours) {
    MigrationSite site;
    site.db.run("create table t (x int, y int); create index i on t (y)");
    site.add("001_i.sql", "create index concurrently i on t (x);");
    for (int tries = 0; tries < 2; ++tries) {
        auto const run = site.run();
        BOOST_TEST(run.code == 1, run.all());
        BOOST_TEST(run.at("/error/sqlstate") == "42P07");
    }
}

BOOST_AUTO_TEST_CASE(what_the_file_has_set_is_set_again_when_it_goes_on) {
    MigrationSite site;
    site.db.run("create schema other; create table other.t (x int)");
    site.add(
        "001_i.sql", "set search_path = other; create index concurrently i on t (x); select 1;");
    BOOST_TEST(site.run().code == 0);
    site.db.run("drop index other.i");
    cut_off(site, 1, 3);
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(valid(site, "other.i") == "t");
}

BOOST_AUTO_TEST_CASE(a_role_that_the_file_puts_on_stays_on_and_need_not_write_the_history) {
    MigrationSite site;
    std::string const role = site.db.name() + "_role";
    site.db.run("create role " + role + "; create schema other authorization " + role + ";");
    site.add(
        "001_i.sql",
        "set role " + role +
            ";\ncreate table other.t (x int);\n"
            "create index concurrently i on other.t (x);\ncreate table other.u (x int);\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select tableowner from pg_tables where tablename = 'u'") == role);
    site.db.run("drop owned by " + role + "; drop role " + role);
}

BOOST_AUTO_TEST_CASE(an_edited_file_that_was_cut_off_is_left_to_a_person) {
    MigrationSite site;
    site.db.run("create table t (x int)");
    site.add("001_i.sql", "create index concurrently i on t (x); select 1;");
    BOOST_TEST(site.run().code == 0);
    cut_off(site, 1, 2);
    site.add("001_i.sql", "create index concurrently other on t (x); select 1;");
    auto const run = site.run();
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(has(run.at("/error/hint"), "resolve 001_i"));
}

BOOST_AUTO_TEST_CASE(a_concurrent_index_waits_for_old_transactions_longer_than_the_lock_timeout) {
    MigrationSite site;
    site.db.run("create table t (x int)");
    site.add("001_i.sql", "create index concurrently i on t (x);");
    auto old = site.db.connect();
    old.exec("begin; insert into t values (1)");
    auto running = std::async(std::launch::async, [&site] {
        return site.run({"--lock-timeout", "100ms", "--lock-retries", "0"});
    });
    std::this_thread::sleep_for(1s);
    old.exec("commit");
    auto const run = running.get();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(has(run.err, "held by process"), run.err);
    BOOST_TEST(valid(site, "i") == "t");
}

BOOST_AUTO_TEST_CASE(a_step_that_waits_for_a_lock_in_such_a_file_is_tried_again) {
    MigrationSite site;
    site.db.run("create table t (x int); create table u (x int)");
    site.add("001_i.sql", "create index concurrently i on u (x); alter table t add y int;");
    auto reader = site.db.connect();
    reader.exec("begin; select from t");
    auto running = std::async(std::launch::async, [&site] {
        return site.run({"--lock-timeout", "100ms"});
    });
    std::this_thread::sleep_for(1s);
    BOOST_TEST(valid(site, "i") == "t");
    reader.exec("commit");
    auto const run = running.get();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(has(run.err, "trying again"), run.err);
}

BOOST_AUTO_TEST_SUITE_END()
