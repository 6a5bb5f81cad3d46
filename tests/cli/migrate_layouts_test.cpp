// SPDX-License-Identifier: Apache-2.0
// The layouts of other programs: their tables, their rules. tests/peers asks the programs themselves.
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_layouts)

using namespace slipway;
using support::MigrationSite;

namespace {

constexpr std::string_view up = "-- migrate:up\n";

void add_journal(MigrationSite& site, std::vector<std::pair<std::string, long>> const& entries) {
    std::string all;
    for (auto const& [tag, when] : entries) {
        all += (all.empty() ? "" : ",") + std::string{"{\"when\":"} + std::to_string(when) +
               ",\"tag\":\"" + tag + "\"}";
    }
    site.add("meta/_journal.json", "{\"dialect\":\"postgresql\",\"entries\":[" + all + "]}");
}

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(flyways_history_is_written_as_flyway_would) {
    MigrationSite site;
    site.add("V1__first_one.sql", "CREATE TABLE a (id int);\nCREATE TABLE b (id int);\n");
    site.add("V1.2__second.sql", "create table c (id int);\n");
    site.add("R__view.sql", "create or replace view v as select 1 as one;\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/layout") == "flyway");
    BOOST_TEST(
        site.ask("select string_agg(concat_ws('|', installed_rank, coalesce(version, '-'),"
                 " description, type, script, installed_by = current_user, success,"
                 " execution_time >= 0), ' ' order by installed_rank)"
                 " from flyway_schema_history") ==
        "1|1|first one|SQL|V1__first_one.sql|t|t|t 2|1.2|second|SQL|V1.2__second.sql|t|t|t"
        " 3|-|view|SQL|R__view.sql|t|t|t");
    BOOST_TEST(
        site.ask("select checksum from flyway_schema_history where version = '1'") == "-956080171");
    BOOST_TEST(site.run().at("/summary") == "nothing is pending");
    // A repeatable one that changed is applied again, under a rank of its own.
    site.add("R__view.sql", "create or replace view v as select 1 as one, 2 as two;\n");
    BOOST_TEST(site.run().code == 0);
    BOOST_TEST(site.ask("select two from v") == "2");
    BOOST_TEST(
        site.ask("select count(*) from flyway_schema_history where script like 'R%'") == "2");
    // A versioned one that changed is drift.
    site.add("V1.2__second.sql", "create table c (id bigint);\n");
    auto const drifted = site.run();
    BOOST_TEST(drifted.code == 4, drifted.all());
    BOOST_TEST(has(drifted.err, "V1.2__second"), drifted.err);
}

BOOST_AUTO_TEST_CASE(flyways_baseline_deleted_and_failed_rows_mean_what_they_mean_to_flyway) {
    MigrationSite site;
    for (char const* const name : {"V1__a.sql", "V2__b.sql", "V3__c.sql", "V4__d.sql"}) {
        site.add(name, std::string{"create table "} + name[4] + " ();\n");
    }
    BOOST_TEST(site.run({"baseline", "--to", "V1"}).code == 0);
    site.db.run("delete from flyway_schema_history; insert into flyway_schema_history values"
                " (1, '2.0', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', null,"
                " current_user, now(), 0, true)");
    auto const plan = site.run({"plan"});
    BOOST_TEST(plan.at("/summary") == "2 migrations would be applied", plan.all());
    // What failed outside of a transaction stops the next run, until it is resolved.
    site.db.run("insert into flyway_schema_history values (2, '3', 'c', 'SQL', 'V3__c.sql', 1,"
                " current_user, now(), 5, false)");
    auto const stopped = site.run();
    BOOST_TEST(stopped.code == 4, stopped.all());
    BOOST_TEST(has(stopped.err, "V3__c"), stopped.err);
    BOOST_TEST(site.run({"resolve", "V3__c", "--as", "rolled-back"}).code == 0);
    BOOST_TEST(site.ask("select count(*) from flyway_schema_history where not success") == "0");
    BOOST_TEST(site.run().code == 0);
    // A row that says that a migration is gone for good.
    site.remove("V3__c.sql");
    BOOST_TEST(site.run({"status"}).at("/summary").find("1 without a file") != std::string::npos);
    site.db.run(
        "insert into flyway_schema_history values (9, '3', 'c', 'DELETE', 'V3__c.sql', null,"
        " current_user, now(), 0, true)");
    BOOST_TEST(site.run({"status"}).at("/summary").find("0 without a file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(flyway_refuses_tables_without_a_history_and_so_do_we) {
    MigrationSite site;
    site.db.run("create table made_otherwise ()");
    site.add("V1__a.sql", "create table a ();\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(has(run.err, "baseline --to"), run.err);
}

BOOST_AUTO_TEST_CASE(dbmates_table_has_the_digits_of_the_name) {
    MigrationSite site;
    site.add(
        "20260101000000_a.sql",
        std::string{up} + "create table a ();\n-- migrate:down\ndrop table a;\n");
    site.add("20260102000000_b.sql", std::string{up} + "create table b ();\n-- migrate:down\n");
    BOOST_TEST(site.run({"--only", "20260102000000", "--no-log-table"}).code == 0);
    // Late ones are applied, as by dbmate.
    auto const run = site.run({"--no-log-table"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/layout") == "dbmate");
    BOOST_TEST(
        site.ask("select string_agg(version, ',' order by version) from schema_migrations") ==
        "20260101000000,20260102000000");
    BOOST_TEST(site.ask("select to_regclass('a') is not null") == "t");
    BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
}

BOOST_AUTO_TEST_CASE(a_table_of_golang_migrate_is_not_taken_for_dbmates) {
    MigrationSite site;
    site.add("1_a.sql", std::string{up} + "create table a ();\n");
    site.db.run(
        "create table schema_migrations (version bigint primary key, dirty boolean not null)");
    auto const run = site.run();
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(has(run.err, "golang-migrate"), run.err);
}

BOOST_AUTO_TEST_CASE(without_a_transaction_the_history_of_others_says_nothing_until_all_is_done) {
    MigrationSite site;
    site.add(
        "1_a.sql",
        "-- migrate:up transaction:false\ncreate table a (x int);\n"
        "create index concurrently a_x on a (x);\nselect 1 / 0;\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(site.ask("select count(*) from schema_migrations") == "0");
    BOOST_TEST(
        site.ask("select log like '%statements done: 2 of 3%' from slipway.migration_attempts") ==
        "t");
    auto const status = site.run({"status"});
    BOOST_TEST(status.code == 4, status.all());
    // The rest of an unchanged file goes on where it stopped.
    site.db.run("create function div(int) returns int language sql as 'select 1'");
    auto const file = site.add(
        "1_a.sql",
        "-- migrate:up transaction:false\ncreate table a (x int);\n"
        "create index concurrently a_x on a (x);\nselect 1 / 1;\n");
    auto const edited = site.run();
    BOOST_TEST(edited.code == 4, edited.all());
    BOOST_TEST(site.run({"resolve", "1_a", "--as", "applied"}).code == 0);
    BOOST_TEST(site.ask("select version from schema_migrations") == "1");
    BOOST_TEST(site.run().at("/summary") == "nothing is pending");
}

BOOST_AUTO_TEST_CASE(a_failed_migration_is_remembered_beside_a_table_that_has_no_room_for_it) {
    MigrationSite site;
    site.add("1_a.sql", std::string{up} + "create table a ();\nselect 1 / 0;\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    BOOST_TEST(site.ask("select count(*) from schema_migrations") == "0");
    BOOST_TEST(site.run({"status"}).at("/data/migrations/0/status") == "rolled_back");
    site.add("1_a.sql", std::string{up} + "create table a ();\n");
    BOOST_TEST(site.run().code == 0);
    BOOST_TEST(site.run({"status"}).at("/data/migrations/0/status") == "applied");
}

BOOST_AUTO_TEST_CASE(drizzles_rows_have_its_time_and_hash) {
    MigrationSite site;
    add_journal(site, {{"0000_a", 1700000000000}, {"0001_b", 1700000001000}});
    site.add("0000_a.sql", "create table a ();\n--> statement-breakpoint\ncreate table a2 ();");
    site.add("0001_b.sql", "create table b ();");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/layout") == "drizzle");
    BOOST_TEST(
        site.ask("select string_agg(created_at || ' ' || length(hash), ',' order by id)"
                 " from drizzle.__drizzle_migrations") == "1700000000000 64,1700000001000 64");
    // One that comes late is passed over by Drizzle without a word; here it is named.
    add_journal(
        site, {{"0000_a", 1700000000000}, {"0002_c", 1700000000500}, {"0001_b", 1700000001000}});
    site.add("0002_c.sql", "create table c ();");
    auto const late = site.run();
    BOOST_TEST(late.code == 4, late.all());
    BOOST_TEST(has(late.err, "0002_c"), late.err);
    BOOST_TEST(site.run({"--out-of-order", "apply"}).code == 0);
    BOOST_TEST(site.ask("select to_regclass('c') is not null") == "t");
}

BOOST_AUTO_TEST_SUITE_END()
