// SPDX-License-Identifier: Apache-2.0
// What migrate-apply looks at after its work, and what `verify` asks at any time.
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_verify)

using namespace slipway;
using support::MigrationSite;

namespace {

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

// The message of the check of that id; `-` where there is none.
std::string message_of(support::ToolRun const& run, std::string const& id) {
    for (int at = 0;; ++at) {
        std::string const check = "/checks/" + std::to_string(at);
        std::string const found = run.at(check + "/id");
        if (found.empty()) {
            return "-";
        }
        if (found == id) {
            return run.at(check + "/status") + " " + run.at(check + "/message");
        }
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(assertions_beside_a_migration_and_by_option_are_judged_after_it) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int); insert into a values (1), (2);");
    site.add("001_a.verify.sql", "select count(*) = 2 from a;\nselect x from a where x > 2;");
    auto const all_well = site.add("../well.sql", "select true;");
    auto const run = site.run({"--assert", all_well.string()});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(message_of(run, "assert.001_a.verify.sql") == "passed 2 assertions held");
    BOOST_TEST(message_of(run, "after.objects_exist") == "passed ");
    // Any row of a query that is no boolean is what is wrong; its content is not told.
    site.db.connect().exec("insert into a values (4711)");
    auto const wrong = site.run({"verify"});
    BOOST_TEST(wrong.code == 1, wrong.all());
    BOOST_TEST(has(message_of(wrong, "assert.001_a.verify.sql"), "001_a.verify.sql:1:1: "));
    BOOST_TEST(has(message_of(wrong, "assert.001_a.verify.sql"), "answered false"));
    auto const rows = site.add("../rows.sql", "select x, 'secret' from a where x > 2;");
    auto const by_option = site.run({"verify", "--assert", rows.string()});
    BOOST_TEST(has(message_of(by_option, "assert.rows.sql"), "found 1 row"), by_option.all());
    BOOST_TEST(!has(by_option.all(), "4711"));
}

BOOST_AUTO_TEST_CASE(an_assertion_that_writes_or_fails_leaves_no_trace) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    BOOST_TEST(site.run().code == 0);
    auto const before = site.dump();
    for (char const* const text :
         {"insert into a values (1) returning true;",
          "select 1 / 0;",
          "select null::boolean;",
          "select no_such_column from a;"}) {
        auto const file = site.add("../bad.sql", text);
        auto const run = site.run({"verify", "--assert", file.string()});
        BOOST_TEST(run.code == 1, run.all());
        BOOST_TEST(message_of(run, "assert.bad.sql").starts_with("failed "), run.all());
        BOOST_TEST(run.at("/summary") == "1 migration applied; an assertion does not hold");
    }
    BOOST_TEST(site.dump() == before);
}

BOOST_AUTO_TEST_CASE(what_a_migration_made_and_something_took_away_is_missed) {
    MigrationSite site;
    site.db.connect().exec(
        "create function spoil() returns event_trigger language plpgsql as $$ begin"
        " if to_regclass('b_x') is not null then drop index b_x; end if; end $$;"
        " create event trigger spoil on ddl_command_end when tag in ('CREATE TABLE')"
        " execute function spoil()");
    site.add(
        "001_b.sql",
        "create type mood as enum ('good'); create table b (x int, gone int);"
        " create index b_x on b (x); alter table b add constraint p check (x > 0);"
        " alter type mood add value 'new';");
    site.add("002_c.sql", "alter table b drop column gone;");
    site.add("003_d.sql", "create table d ();");
    auto const run = site.run();
    site.db.connect().exec("drop event trigger spoil");
    BOOST_TEST(run.code == 0, run.all()); // dropping a column may take indexes with it
    site.db.connect().exec(
        "create event trigger spoil on ddl_command_end when tag in ('CREATE TABLE')"
        " execute function spoil()");
    site.add("004_e.sql", "create index b_x on b (x); create table e ();");
    auto const spoilt = site.run();
    BOOST_TEST(spoilt.code == 1, spoilt.all());
    BOOST_TEST(message_of(spoilt, "after.objects_exist") == "failed not there: index \"b_x\"");
    BOOST_TEST(has(spoilt.at("/summary"), "but what is there now is not what was wanted"));
}

BOOST_AUTO_TEST_CASE(objects_that_are_dropped_renamed_or_under_another_path_are_not_missed) {
    MigrationSite site;
    site.add(
        "001_a.sql",
        "create schema app; create table public.t (x int); drop table t;"
        "set search_path = app; create table hidden (x int); create index hidden_x on hidden (x);");
    site.add("002_b.sql", "create table b (x int, y int); alter table b rename column x to z;");
    site.add("003_c.sql", "alter table b rename to c; create table app.d (x int);");
    site.add(
        "004_e.sql",
        "create table e (x int); select set_config('search_path', 'app', false);"
        " create table f (x int);");
    site.add(
        "005_g.sql",
        "create table g (x int); create temp table h (x int);"
        " do $$ begin execute 'drop table g'; end $$;");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(message_of(run, "after.objects_exist") == "passed ");
}

BOOST_AUTO_TEST_CASE(verify_tells_drift_missing_files_invalid_indexes_and_unvalidated_constraints) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    site.add("002_b.sql", "create table b (x int);");
    BOOST_TEST(site.run().code == 0);
    BOOST_TEST(
        site.run({"verify"}).at("/summary") == "2 migrations applied; what they assert holds");
    site.db.connect().exec(
        "alter table a add constraint c check (x > 0) not valid; create index i on a (x);"
        " update pg_index set indisvalid = false where indexrelid = 'i'::regclass");
    site.add("001_a.sql", "create table a (x bigint);");
    site.remove("002_b.sql");
    auto const run = site.run({"verify"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(message_of(run, "migration.001_a") == "failed drifted");
    BOOST_TEST(message_of(run, "migration.002_b") == "warned missing");
    BOOST_TEST(message_of(run, "after.indexes_valid") == "warned public.i");
    BOOST_TEST(message_of(run, "after.constraints_validated") == "warned a.c");
}

BOOST_AUTO_TEST_SUITE_END()
