// SPDX-License-Identifier: Apache-2.0
// migrate-apply --all-or-nothing: one transaction for all pending migrations.
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_together)

using namespace slipway;
using support::MigrationSite;

namespace {

std::string states(support::ToolRun const& run, int migrations) {
    std::string out;
    for (int at = 0; at < migrations; ++at) {
        out += run.at("/data/migrations/" + std::to_string(at) + "/status") + " ";
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(all_or_nothing_commits_all_migrations_in_one_transaction) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int); set search_path = nowhere;");
    site.add(
        "002_b.sql",
        "create table b (x int);\ncopy b from stdin;\n1\n2\n\\.\ninsert into a values (7);");
    site.add("003_c.sql", "create view c as select * from a, b as b (y);");
    auto const run = site.run({"--all-or-nothing"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(states(run, 3) == "applied applied applied ");
    BOOST_TEST(site.ask("select count(distinct xmin::text) from slipway.migrations") == "1");
    BOOST_TEST(site.ask("select count(*) from c") == "2");
    BOOST_TEST(site.ask("select count(*) from slipway.execution_log") == "3");
}

BOOST_AUTO_TEST_CASE(all_or_nothing_rolls_all_back_where_one_fails_and_names_it) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    site.add("002_b.sql", "create table b (x int);\nalter table a add constraint p check (y > 0);");
    site.add("003_c.sql", "create table c (x int);");
    auto const run = site.run({"--all-or-nothing"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(run.at("/summary") == "002_b failed and was rolled back whole; nothing was applied");
    BOOST_TEST(states(run, 3) == "pending rolled_back pending ");
    BOOST_TEST(site.ask("select to_regclass('a') is null and to_regclass('b') is null") == "t");
    site.add("002_b.sql", "create table b (x int);");
    auto const again = site.run({"--all-or-nothing"});
    BOOST_TEST(again.code == 0, again.all());
    BOOST_TEST(states(again, 3) == "applied applied applied ");
}

BOOST_AUTO_TEST_CASE(a_constraint_that_is_deferred_to_the_commit_rolls_all_back) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int primary key);");
    site.add(
        "002_b.sql",
        "create table b (x int references a deferrable initially deferred); insert into b values "
        "(1);");
    auto const run = site.run({"--all-or-nothing"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/sqlstate") == "23503");
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
}

BOOST_AUTO_TEST_CASE(
    all_or_nothing_refuses_what_runs_in_no_transaction_before_anything_is_touched) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    site.add("002_i.sql", "select 1;\ncreate index concurrently i on a (x);");
    auto const run = site.run({"--all-or-nothing"});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
}

BOOST_AUTO_TEST_SUITE_END()
