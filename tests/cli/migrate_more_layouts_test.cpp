// SPDX-License-Identifier: Apache-2.0
// goose, golang-migrate, Supabase, sqitch, node-pg-migrate and Drizzle 1.0: their tables, their
// rules. tests/peers asks the programs themselves, but for the first two, which cannot be installed.
#include "migration/history.hpp"
#include "pg/advisory_lock.hpp"
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_more_layouts)

using namespace slipway;
using support::MigrationSite;
using support::ToolRun;

namespace {

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

void add_goose(MigrationSite& site, std::string const& name, std::string const& up) {
    site.add(
        name, "-- +goose Up\n" + up + ";\n-- +goose Down\ndrop table " + name.substr(6, 1) + ";\n");
}

void add_pair(MigrationSite& site, std::string const& number, std::string const& table) {
    site.add(number + "_" + table + ".up.sql", "create table " + table + " (x int);\n");
    site.add(number + "_" + table + ".down.sql", "drop table " + table + ";\n");
}

// golang-migrate's one row.
std::string row(MigrationSite const& site) {
    return site.ask("select string_agg(version || ' ' || dirty, ',') from schema_migrations");
}

ToolRun golang(MigrationSite const& site, std::vector<std::string> args = {}) {
    args.insert(args.end(), {"--layout", "golang-migrate"});
    return site.run(args);
}

void plan(MigrationSite& site, std::vector<std::string> const& changes) {
    std::string text = "%syntax-version=1.0.0\n%project=shop\n\n";
    for (auto const& change : changes) {
        text += change + " 2026-01-01T00:00:01Z Bob <bob@example.com> # note\n";
    }
    site.add("sqitch.plan", text);
}

void add_change(MigrationSite& site, std::string const& name, std::string const& more = "") {
    site.add(
        "deploy/" + name + ".sql",
        "BEGIN;\ncreate table " + name + " (x int);\n" + more + "COMMIT;\n");
    site.add("revert/" + name + ".sql", "BEGIN;\ndrop table " + name + ";\nCOMMIT;\n");
    site.add("verify/" + name + ".sql", "BEGIN;\nselect x from " + name + ";\nROLLBACK;\n");
}

} // namespace

BOOST_AUTO_TEST_CASE(gooses_rows_are_those_that_goose_writes) {
    MigrationSite site;
    add_goose(site, "00001_a.sql", "create table a ()");
    add_goose(site, "00003_c.sql", "create table c ()");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/layout") == "goose");
    // Golden rows (research, 1.3): the version 0 comes first.
    std::string const rows = "select string_agg(version_id || ' ' || is_applied, ',' order by id)"
                             " from goose_db_version";
    BOOST_TEST(site.ask(rows) == "0 true,1 true,3 true");
    add_goose(site, "00002_b.sql", "create table b ()");
    auto const late = site.run();
    BOOST_TEST(late.code == 4, late.all());
    BOOST_TEST(has(late.err, "00002_b"), late.err);
    BOOST_TEST(site.run({"--out-of-order", "apply"}).code == 0);
    BOOST_TEST(site.ask(rows) == "0 true,1 true,3 true,2 true");
    auto const down = site.run({"down", "--only", "00003_c"});
    BOOST_TEST(down.code == 0, down.all());
    BOOST_TEST(site.ask(rows) == "0 true,1 true,2 true");
    BOOST_TEST(site.ask("select to_regclass('c') is null") == "t");
    // An edit is seen by what our own log knows.
    add_goose(site, "00002_b.sql", "create table b (x int)");
    BOOST_TEST(site.run({"status"}).code == 4);
}

BOOST_AUTO_TEST_CASE(rows_and_locks_of_goose_mean_what_they_mean_to_it) {
    MigrationSite site;
    add_goose(site, "00001_a.sql", "create table a ()");
    add_goose(site, "00002_b.sql", "create table b ()");
    // As goose 3 makes it; an older version notes a way back as a row of its own.
    site.db.run("create table goose_db_version (id serial primary key, version_id bigint not null,"
                " is_applied boolean not null, tstamp timestamp default now());"
                "insert into goose_db_version (version_id, is_applied) values (0, true), (1, true),"
                " (2, true), (2, false); create table a ()");
    auto const status = site.run({"status"});
    BOOST_TEST(status.at("/data/migrations/0/status") == "applied", status.all());
    BOOST_TEST(status.at("/data/migrations/1/status") == "pending", status.all());
    site.db.run("create table goose_lock (lock_id bigint primary key, locked boolean, locked_at"
                " timestamptz, locked_by text, lease_expires_at timestamptz, updated_at"
                " timestamptz); insert into goose_lock values (1, true, now(), 'the-other',"
                " now() + '1 minute', now())");
    auto const leased = site.run();
    BOOST_TEST(leased.code == 4, leased.all());
    BOOST_TEST(has(leased.err, "the-other"), leased.err);
    site.db.run("update goose_lock set lease_expires_at = now() - interval '1 second'");
    {
        auto holder = site.db.connect();
        auto const lock = pg::AdvisoryLock::try_take(holder, 4097083626);
        BOOST_TEST(site.run({"--lock-wait", "50ms"}).code == 4);
    }
    BOOST_TEST(site.run().code == 0);
}

BOOST_AUTO_TEST_CASE(golang_migrates_one_row_says_how_far_it_came) {
    MigrationSite site;
    add_pair(site, "1", "a");
    add_pair(site, "3", "c");
    auto const unsure = site.run();
    BOOST_TEST(unsure.code == 2, unsure.all());
    BOOST_TEST(has(unsure.err, "golang-migrate"), unsure.err);
    auto const run = golang(site);
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(row(site) == "3 false");
    // golang-migrate would pass over it without a word.
    add_pair(site, "2", "b");
    auto const late = golang(site);
    BOOST_TEST(late.code == 4, late.all());
    BOOST_TEST(has(late.err, "2_b is pending"), late.err);
    BOOST_TEST(golang(site, {"--out-of-order", "ignore"}).at("/summary") == "nothing is pending");
    BOOST_TEST(golang(site, {"--out-of-order", "apply"}).code == 0);
    BOOST_TEST(row(site) == "3 false");
    BOOST_TEST(golang(site).at("/summary") == "nothing is pending");
    auto const middle = golang(site, {"down", "--only", "2_b"});
    BOOST_TEST(middle.code == 1, middle.all());
    BOOST_TEST(has(middle.err, "2 is not the last that is applied"), middle.err);
    auto const down = golang(site, {"down", "--to", "1_a"});
    BOOST_TEST(down.code == 0, down.all());
    BOOST_TEST(row(site) == "1 false");
    BOOST_TEST(golang(site, {"down"}).code == 0);
    BOOST_TEST(row(site) == "");
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
}

BOOST_AUTO_TEST_CASE(a_dirty_row_is_a_failed_migration_on_both_sides) {
    MigrationSite site;
    add_pair(site, "1", "a");
    site.add("2_b.up.sql", "create table b (x int);\nselect 1 / 0;\n");
    auto const run = golang(site);
    BOOST_TEST(run.code == 1, run.all());
    // What golang-migrate itself would leave; nothing of it remains, so that ours goes on.
    BOOST_TEST(row(site) == "2 true");
    BOOST_TEST(site.ask("select to_regclass('b') is null") == "t");
    auto const status = golang(site, {"status"});
    BOOST_TEST(status.at("/data/migrations/1/status") == "rolled_back", status.all());
    add_pair(site, "2", "b");
    auto const rehearsed = golang(site, {"--dry-run"});
    BOOST_TEST(rehearsed.code == 0, rehearsed.all());
    BOOST_TEST(row(site) == "2 true");
    BOOST_TEST(golang(site).code == 0);
    BOOST_TEST(row(site) == "2 false");
    // One that golang-migrate has left behind is not known to be undone.
    add_pair(site, "3", "c");
    site.db.run("update schema_migrations set version = 3, dirty = true");
    auto const dirty = golang(site);
    BOOST_TEST(dirty.code == 4, dirty.all());
    BOOST_TEST(has(dirty.err, "3_c was begun and not finished"), dirty.err);
    BOOST_TEST(golang(site, {"resolve", "3_c", "--as", "rolled-back"}).code == 0);
    BOOST_TEST(row(site) == "2 false");
    BOOST_TEST(golang(site).code == 0);
    BOOST_TEST(row(site) == "3 false");
    site.db.run("update schema_migrations set version = 3, dirty = true");
    BOOST_TEST(golang(site, {"resolve", "3_c", "--as", "applied"}).code == 0);
    BOOST_TEST(row(site) == "3 false");
}

BOOST_AUTO_TEST_CASE(without_a_transaction_golang_migrates_row_is_dirty_until_all_is_done) {
    MigrationSite site;
    add_pair(site, "1", "a");
    site.add("2_i.up.sql", "create index concurrently a_x on a (x);\nselect count(*) from b;\n");
    auto const run = golang(site);
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(row(site) == "2 true");
    site.db.run("create table public.b (x int)");
    BOOST_TEST(golang(site).code == 0); // it goes on with the second statement
    BOOST_TEST(row(site) == "2 false");
    BOOST_TEST(site.ask("select count(*) from slipway.migration_attempts") == "0");
    // Where the row was forced back by golang-migrate, that is what counts.
    site.add("3_j.up.sql", "create index concurrently b_x on b (y);\n");
    BOOST_TEST(golang(site).code == 1);
    site.db.run("update schema_migrations set version = 2, dirty = false");
    BOOST_TEST(golang(site, {"status"}).at("/data/migrations/2/status") == "pending");
}

BOOST_AUTO_TEST_CASE(golang_migrate_takes_a_baseline_and_ours_takes_its_table) {
    MigrationSite site;
    add_pair(site, "1", "a");
    add_pair(site, "2", "b");
    add_pair(site, "3", "c");
    // The table as golang-migrate makes it, and no note of ours.
    site.db.run("create table schema_migrations (version bigint not null primary key, dirty boolean"
                " not null); insert into schema_migrations values (2, false)");
    BOOST_TEST(golang(site, {"plan"}).at("/summary") == "1 migration would be applied");
    BOOST_TEST(golang(site, {"baseline", "--to", "3_c"}).code == 0);
    BOOST_TEST(row(site) == "3 false");
    add_pair(site, "4", "d");
    auto const ledger = migration::ledger_of("golang-migrate", site.db.conninfo());
    for (auto const key : ledger->foreign_locks()) {
        auto holder = site.db.connect();
        auto const lock = pg::AdvisoryLock::try_take(holder, key);
        BOOST_TEST(lock.has_value());
        BOOST_TEST(golang(site, {"--lock-wait", "50ms"}).code == 4);
    }
}

BOOST_AUTO_TEST_CASE(a_table_of_dbmate_is_not_taken_for_golang_migrates) {
    MigrationSite site;
    add_pair(site, "1", "a");
    site.db.run("create table schema_migrations (version varchar primary key)");
    auto const run = golang(site);
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(has(run.err, "another program's"), run.err);
}

BOOST_AUTO_TEST_CASE(sqitchs_changes_are_deployed_verified_and_reverted) {
    MigrationSite site;
    plan(site, {"a", "b [a]", "@v1", "c"});
    add_change(site, "a");
    add_change(site, "b");
    add_change(site, "c", "\\set limit 10\nalter table c add check (x < :limit);\n");
    BOOST_TEST(site.run({"--to", "b"}).code == 0);
    // The registry goes along into a rehearsal.
    auto const rehearsed = site.run({"--dry-run"});
    BOOST_TEST(rehearsed.code == 0, rehearsed.all());
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/layout") == "sqitch");
    BOOST_TEST(has(run.all(), "c did its work"), run.all());
    std::string const events = "select string_agg(event || ' ' || change || array_to_string(tags,"
                               " ''), ',' order by committed_at) from sqitch.events";
    BOOST_TEST(site.ask(events) == "deploy a,deploy b@v1,deploy c");
    auto const required = site.run({"down", "--only", "a"});
    BOOST_TEST(required.code == 1, required.all());
    BOOST_TEST(has(required.err, "dependencies"), required.err);
    BOOST_TEST(site.run({"down", "--to", "a"}).code == 0);
    BOOST_TEST(site.ask(events) == "deploy a,deploy b@v1,deploy c,revert c,revert b@v1");
    BOOST_TEST(site.ask("select count(*) from sqitch.tags") == "0");
    BOOST_TEST(site.ask("select count(*) from sqitch.dependencies") == "0");
    // A tag that comes to what is deployed is written with the next change.
    plan(site, {"a", "@later", "b [a]", "@v1", "c"});
    // What fails is an event, and is deployed when it is mended.
    add_change(site, "b", "select 1 / 0;\n");
    BOOST_TEST(site.run().code == 1);
    BOOST_TEST(has(site.ask(events), "revert b@v1,fail b@v1"));
    add_change(site, "b");
    BOOST_TEST(site.run().code == 0);
    BOOST_TEST(
        site.ask("select string_agg(tag, ',' order by tag) from sqitch.tags") == "@later,@v1");
    // An edited script is drift; another plan has other identifiers.
    add_change(site, "c", "select 1;\n");
    BOOST_TEST(site.run({"status"}).code == 4);
    plan(site, {"a", "b", "@v1", "c"});
    auto const edited = site.run({"status"});
    BOOST_TEST(has(edited.at("/summary"), "2 without a file"), edited.all());
    BOOST_TEST(has(site.run().err, "applied, but not in"));
}

BOOST_AUTO_TEST_CASE(a_change_of_sqitch_that_conflicts_with_what_is_there_is_rolled_back) {
    MigrationSite site;
    plan(site, {"a", "b [!a]"});
    add_change(site, "a");
    add_change(site, "b");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(has(run.err, "b conflicts with a"), run.err);
    BOOST_TEST(site.ask("select to_regclass('b') is null") == "t");
    site.db.run("update sqitch.projects set uri = 'https://example.com/other'");
    auto const other = site.run();
    BOOST_TEST(other.code == 4, other.all());
    BOOST_TEST(has(other.err, "registered with the URI"), other.err);
    site.db.run("update sqitch.releases set version = 1.0");
    BOOST_TEST(has(site.run().err, "sqitch upgrade"));
}

BOOST_AUTO_TEST_CASE(what_others_list_is_taken_back_by_their_own_rows) {
    MigrationSite node;
    node.add("1_a.sql", "-- Up Migration\ncreate table a ();\n-- Down Migration\ndrop table a;\n");
    node.add("2_b.sql", "-- Up Migration\ncreate table b ();\n-- Down Migration\ndrop table b;\n");
    BOOST_TEST(node.run().code == 0);
    BOOST_TEST(node.run({"down"}).code == 0);
    BOOST_TEST(node.ask("select string_agg(name, ',') from pgmigrations") == "1_a");
    BOOST_TEST(node.ask("select to_regclass('b') is null") == "t");
    node.remove("1_a.sql");
    auto const missing = node.run();
    BOOST_TEST(missing.code == 4, missing.all());
    BOOST_TEST(has(missing.err, "applied, but not in"), missing.err);

    MigrationSite drizzle;
    drizzle.add("20260101000000_a/migration.sql", "create table a ();\n");
    drizzle.add("20260101000000_a/snapshot.json", "{}");
    drizzle.add("20260101000000_a/ROLLBACK.md", "# Back\n```sql\ndrop table a;\n```\n");
    BOOST_TEST(drizzle.run().code == 0);
    BOOST_TEST(
        drizzle.ask("select name || ' ' || created_at from drizzle.__drizzle_migrations") ==
        "20260101000000_a 1767225600000");
    BOOST_TEST(drizzle.run({"down"}).code == 0);
    BOOST_TEST(drizzle.ask("select count(*) from drizzle.__drizzle_migrations") == "0");
    BOOST_TEST(drizzle.ask("select to_regclass('a') is null") == "t");
}

BOOST_AUTO_TEST_CASE(flyways_placeholders_are_given_by_an_option) {
    MigrationSite site;
    site.add(
        "V1__a.sql", "create table ${name} (x text default '${flyway:table} ${flyway:user}');\n");
    site.add("R__v.sql", "create or replace view v as select '${who}'::text as w;\n");
    auto const without = site.run();
    BOOST_TEST(without.code == 2, without.all());
    BOOST_TEST(has(without.err, "V1__a.sql:1:14: the placeholder ${name}"), without.err);
    auto const given = [&](std::string const& who) {
        return site.run({"--placeholder", "name=a", "--placeholder", "who=" + who});
    };
    auto const run = given("bob");
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(given("bob").at("/summary") == "nothing is pending");
    BOOST_TEST(given("ann").code == 0); // another value, another checksum
    BOOST_TEST(site.ask("select w from v") == "ann");
    auto const wrong = site.run({"--placeholder", "name"});
    BOOST_TEST(wrong.code == 2, wrong.all());
}

BOOST_AUTO_TEST_CASE(psqls_includes_and_echoes_work_and_errors_name_the_included_file) {
    MigrationSite site;
    site.add("001_a.sql", "\\set t 'a'\n\\echo making :t\n\\ir parts/a.sql\n");
    site.add("parts/a.sql", "create table :t (x int);\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(has(run.err, "making a"), run.err);
    site.add("002_b.sql", "\\ir parts/b.sql\n");
    site.add("parts/b.sql", "select 1;\n\n  select nowhere;\n");
    auto const failed = site.run();
    BOOST_TEST(failed.code == 1, failed.all());
    BOOST_TEST(has(failed.err, "parts/b.sql:3:10: "), failed.err);
}

BOOST_AUTO_TEST_SUITE_END()
