// SPDX-License-Identifier: Apache-2.0
// slipway.execution_log: what runs leave in the database for an auditor.
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_log)

using namespace slipway;
using support::MigrationSite;

BOOST_AUTO_TEST_CASE(each_run_adds_a_row_for_what_it_did_with_who_when_and_from_where) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int); select pg_sleep(0.02);");
    site.add("002_b.sql", "create table b (x int); insert into b values ('no');");
    auto const run = site.run(
        {"--environment", "staging", "--approved-by", "a reviewer"},
        {{"SLIPWAY_RUN_ID", "run-7"},
         {"GITHUB_ACTIONS", "true"},
         {"GITHUB_ACTOR", "an-author"},
         {"GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"},
         {"GITHUB_SERVER_URL", "https://github.example"},
         {"GITHUB_REPOSITORY", "shop/api"},
         {"GITHUB_RUN_ID", "77"},
         {"GITHUB_JOB", "migrate"}});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(
        site.ask("select string_agg(migration || ' ' || outcome, ', ' order by started_at)"
                 " from slipway.execution_log") == "001_a applied, 002_b rolled_back");
    BOOST_TEST(
        site.ask("select distinct concat_ws('|', run_id, environment, job, actor, approved_by,"
                 " git_commit, url, layout, history) from slipway.execution_log") ==
        "run-7|staging|migrate|an-author|a reviewer|0123456789abcdef0123456789abcdef01234567|"
        "https://github.example/shop/api/actions/runs/77|plain|slipway.migrations");
    BOOST_TEST(
        site.ask("select error like '%002_b.sql:1:47: invalid input syntax%' from"
                 " slipway.execution_log where migration = '002_b'") == "t",
        site.ask("select error from slipway.execution_log where migration = '002_b'"));
    BOOST_TEST(
        site.ask("select bool_and(checksum ~ '^[0-9a-f]{64}$' and finished_at >= started_at"
                 " and duration_ms between 0 and 60000) from slipway.execution_log") == "t");
    BOOST_TEST(
        site.ask("select duration_ms >= 20 from slipway.execution_log where migration = '001_a'") ==
        "t");
    // The row and the work are one transaction.
    BOOST_TEST(
        site.ask("select count(*) from slipway.migrations m join slipway.execution_log l"
                 " on l.id = m.key and mod(l.written_by::text::numeric, 4294967296)::text ="
                 " m.xmin::text where l.outcome = 'applied'") == "1");
    // What was tried again is another row.
    site.add("002_b.sql", "create table b (x int);");
    BOOST_TEST(site.run().code == 0);
    BOOST_TEST(
        site.ask("select string_agg(outcome, ', ' order by started_at) from slipway.execution_log"
                 " where migration = '002_b'") == "rolled_back, applied");
    BOOST_TEST(site.run().code == 0);
    BOOST_TEST(site.ask("select count(*) from slipway.execution_log") == "3");
}

BOOST_AUTO_TEST_CASE(the_log_takes_new_rows_and_no_other_change) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    BOOST_TEST(site.run().code == 0);
    auto connection = site.db.connect();
    for (char const* const change :
         {"update slipway.execution_log set actor = 'another'",
          "delete from slipway.execution_log",
          "truncate slipway.execution_log"}) {
        try {
            connection.exec(change);
            BOOST_ERROR(std::string{"was done: "} + change);
        } catch (Error const& error) {
            BOOST_TEST(error.sqlstate() == "23001", error.message());
        }
    }
    BOOST_TEST(site.ask("select count(*) from slipway.execution_log") == "1");
}

BOOST_AUTO_TEST_CASE(baseline_resolve_and_a_migration_without_transaction_are_logged_too) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    site.add(
        "002_i.sql", "insert into a values (1), (1); create unique index concurrently i on a (x);");
    site.db.connect().exec("create table a (x int)");
    BOOST_TEST(site.run({"baseline", "--to", "001"}).code == 0);
    BOOST_TEST(site.run().code == 1);
    BOOST_TEST(site.run({"resolve", "002_i", "--as", "applied"}).code == 0);
    BOOST_TEST(
        site.ask("select string_agg(migration || ' ' || outcome, ', ' order by started_at)"
                 " from slipway.execution_log") == "001_a baselined, 002_i failed, 002_i resolved");
}

BOOST_AUTO_TEST_CASE(no_log_table_and_a_role_that_may_make_none_leave_the_deployment_alone) {
    MigrationSite site;
    site.add("V1__a.sql", "create table a ();");
    BOOST_TEST(site.run({"--no-log-table"}).code == 0);
    BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
    site.add("V2__b.sql", "create table b ();");
    site.db.connect().exec("create role least login; grant all on schema public to least;"
                           " grant all on all tables in schema public to least");
    auto const run =
        site.run({}, {{"DATABASE_URL", site.db.conninfo().with("user", "least").uri().reveal()}});
    auto const left = site.ask("select to_regclass('b') is not null");
    site.db.connect().exec("drop owned by least; drop role least");
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "warned", run.all());
    BOOST_TEST(left == "t");
    BOOST_TEST(run.all().find("say --no-log-table") != std::string::npos, "the hint is missing");
}

BOOST_AUTO_TEST_CASE(the_log_tells_drift_where_the_history_has_no_checksums) {
    MigrationSite site;
    site.add("1_a.sql", "-- migrate:up\ncreate table a ();\n-- migrate:down\n");
    site.add("2_b.sql", "-- migrate:up\ncreate table b ();\n-- migrate:down\n");
    BOOST_TEST(site.run().code == 0);
    site.add("2_b.sql", "-- migrate:up\ncreate table b (x int);\n-- migrate:down\n");
    auto const edited = site.run({"status"});
    BOOST_TEST(edited.code == 4, edited.all());
    BOOST_TEST(edited.at("/data/migrations/1/status") == "drifted");
    // dbmate itself took it back and applied it again: what we knew of it is no longer true.
    site.db.connect().exec(
        "delete from schema_migrations where version = '2'; insert into schema_migrations values "
        "('2')");
    auto const again = site.run({"status"});
    BOOST_TEST(again.code == 0, again.all());
    BOOST_TEST(again.at("/data/migrations/1/status") == "applied");
}

BOOST_AUTO_TEST_SUITE_END()
