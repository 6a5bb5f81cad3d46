// SPDX-License-Identifier: Apache-2.0
// migrate-apply down, and what --on-failure does by it and by a restore.
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_down)

using namespace slipway;
using support::MigrationSite;

namespace {

void add_two(MigrationSite& site) {
    site.add("001_a.sql", "create table a (x int, note text);");
    site.add("001_a.down.sql", "drop table a;");
    site.add("002_b.sql", "alter table a add y int; create view b as select y from a;");
    site.add("002_b.down.sql", "drop view b;\nalter table a drop column y;");
}

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(down_takes_the_last_one_back_and_apply_brings_it_again) {
    MigrationSite site;
    add_two(site);
    BOOST_TEST(site.run().code == 0);
    auto const before = site.dump();
    auto const run = site.run({"down"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/summary") == "1 migration taken back");
    BOOST_TEST(run.at("/data/migrations/0/status") == "applied");
    BOOST_TEST(run.at("/data/migrations/1/status") == "rolled_back");
    BOOST_TEST(site.ask("select to_regclass('b') is null") == "t");
    BOOST_TEST(site.run({"status"}).at("/data/migrations/1/status") == "pending");
    BOOST_TEST(
        site.ask("select string_agg(outcome, ', ' order by started_at) from slipway.execution_log"
                 " where migration = '002_b'") == "applied, reverted");
    BOOST_TEST(site.run().code == 0);
    BOOST_TEST(
        site.ask("select count(*) from information_schema.columns where table_name = 'a'") == "3");
}

BOOST_AUTO_TEST_CASE(down_says_what_would_be_lost_and_wants_it_accepted) {
    MigrationSite site;
    add_two(site);
    BOOST_TEST(site.run().code == 0);
    site.db.connect().exec("insert into a values (1, 'n', 5), (2, 'm', null)");
    auto const before = site.dump();
    auto const told = site.run({"down", "--to", "001", "--dry-run=plan"});
    BOOST_TEST(told.code == 0, told.all());
    BOOST_TEST(told.at("/data/loss/0/what") == R"(column "a"."y")");
    BOOST_TEST(told.at("/data/loss/0/rows") == "1");
    BOOST_TEST(told.at("/data/loss/0/line") == "2");
    auto const refused = site.run({"down", "--to", "001"});
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(has(refused.at("/error/message"), R"(column "a"."y" with 1 row)"));
    BOOST_TEST(site.dump() == before);
    auto const done = site.run({"down", "--to", "001", "--accept-data-loss"});
    BOOST_TEST(done.code == 0, done.all());
    auto const table = site.run({"down"});
    BOOST_TEST(table.code == 4, table.all());
    BOOST_TEST(has(table.at("/error/message"), R"(table "a" with 2 rows)"));
}

BOOST_AUTO_TEST_CASE(down_refuses_what_has_no_way_back_and_rolls_back_one_that_fails) {
    MigrationSite site;
    add_two(site);
    site.add("003_c.sql", "create table c ();");
    BOOST_TEST(site.run().code == 0);
    auto const none = site.run({"down"});
    BOOST_TEST(none.code == 4, none.all());
    BOOST_TEST(has(none.at("/error/message"), "003_c"));
    site.add("003_c.ROLLBACK.md", "# By hand\n\n```sql\ndrop table c;\nselect 1 / 0;\n```\n");
    auto const fails = site.run({"down"});
    BOOST_TEST(fails.code == 1, fails.all());
    BOOST_TEST(fails.at("/error/where/line") == "5");
    BOOST_TEST(site.ask("select to_regclass('c') is not null") == "t");
    BOOST_TEST(site.run({"status"}).at("/data/migrations/2/status") == "applied");
    site.add("003_c.ROLLBACK.md", "# By hand\n\n```sql\ndrop table c;\n```\n");
    // The lower ones stay.
    auto const run = site.run({"down", "--only", "003"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select to_regclass('c') is null and to_regclass('b') is not null") == "t");
}

BOOST_AUTO_TEST_CASE(down_of_dbmate_and_prisma_writes_their_tables) {
    MigrationSite dbmate;
    dbmate.add("1_a.sql", "-- migrate:up\ncreate table a ();\n-- migrate:down\ndrop table a;\n");
    BOOST_TEST(dbmate.run().code == 0);
    auto const run = dbmate.run({"down"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(dbmate.ask("select count(*) from schema_migrations") == "0");
    MigrationSite prisma;
    prisma.add_prisma("1_a", "create table a ();");
    prisma.add("1_a/down.sql", "drop table a;");
    BOOST_TEST(prisma.run().code == 0);
    auto const again = prisma.run({"down"});
    BOOST_TEST(again.code == 0, again.all());
    BOOST_TEST(
        prisma.ask("select count(*) from _prisma_migrations where rolled_back_at is not null") ==
        "1");
    BOOST_TEST(prisma.ask("select to_regclass('a') is null") == "t");
}

BOOST_AUTO_TEST_CASE(on_failure_down_takes_back_what_the_run_had_applied_and_no_more) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    BOOST_TEST(site.run().code == 0); // has no way back, and needs none
    site.add("002_b.sql", "create table b (x int);");
    site.add("002_b.down.sql", "drop table b;");
    site.add("003_c.sql", "create table c (x int); select 1 / 0;");
    auto const refused = site.run({"--on-failure", "down"});
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(has(refused.at("/error/message"), "003_c"));
    BOOST_TEST(site.ask("select to_regclass('b') is null") == "t");
    site.add("003_c.down.sql", "drop table c;");
    auto const run = site.run({"--on-failure", "down"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/data/undone/done") == "true");
    BOOST_TEST(has(run.at("/summary"), "taken back"));
    BOOST_TEST(site.ask("select to_regclass('b') is null and to_regclass('c') is null") == "t");
    BOOST_TEST(site.ask("select to_regclass('a') is not null") == "t");
    BOOST_TEST(
        site.ask("select scope || ' ' || outcome || ' ' || (reason like '%division by zero%')"
                 " from slipway.rollback_log") == "db passed true");
    site.add("003_c.sql", "create table c (x int);");
    BOOST_TEST(site.run({"--on-failure", "down"}).code == 0);
}

BOOST_AUTO_TEST_CASE(on_failure_down_also_answers_an_assertion_that_does_not_hold) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    site.add("001_a.down.sql", "drop table a;");
    site.add("001_a.verify.sql", "select count(*) > 0 from a;");
    auto const run = site.run({"--on-failure", "down"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/data/undone/done") == "true");
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
}

BOOST_AUTO_TEST_CASE(on_failure_restore_brings_the_database_of_the_backup_back) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int); insert into a values (1);");
    BOOST_TEST(site.run().code == 0);
    site.add("002_b.sql", "delete from a;");
    site.add(
        "003_i.sql", "insert into a values (2), (2); create unique index concurrently i on a (x);");
    auto const early = site.run({"--on-failure", "restore"});
    BOOST_TEST(early.code == 4, early.all());
    fs::TempFolder const folder{"slipway-backups-"};
    auto const backup = support::run_tool(
        "db-backup",
        {"create", "--to", folder.path().string(), "--output", (folder.path() / "b.json").string()},
        site.environment());
    BOOST_REQUIRE_MESSAGE(backup.code == 0, backup.all());
    std::string const record = (folder.path() / "b.json").string();
    auto const not_accepted = site.run({"--on-failure", "restore", "--input", record});
    BOOST_TEST(not_accepted.code == 4, not_accepted.all());
    BOOST_TEST(site.ask("select count(*) from a") == "1");
    auto const run = site.run({"--on-failure", "restore", "--input", record, "--accept-data-loss"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/data/undone/done") == "true", run.all());
    BOOST_TEST(site.ask("select string_agg(x::text, ',') from a") == "1");
    BOOST_TEST(site.ask("select count(*) from pg_index where not indisvalid") == "0");
    // What was tried is remembered in the database that came back.
    BOOST_TEST(
        site.ask("select string_agg(migration || ' ' || outcome, ', ' order by started_at) from"
                 " slipway.execution_log") == "001_a applied, 002_b applied, 003_i failed");
    BOOST_TEST(site.ask("select outcome from slipway.rollback_log") == "passed");
}

BOOST_AUTO_TEST_SUITE_END()
