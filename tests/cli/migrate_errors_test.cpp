// SPDX-License-Identifier: Apache-2.0
// Where a migration failed, what is left of it, and how the next run goes on.
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_errors)

using namespace slipway;
using support::MigrationSite;
using support::sample_app;
using support::sample_database;

namespace {

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

// Prisma's rule for a failed migration (P3009): begun, neither finished nor rolled back.
std::string failed_for_prisma(MigrationSite const& site) {
    return site.ask("select coalesce(string_agg(migration_name, ' '), '') from _prisma_migrations"
                    " where finished_at is null and rolled_back_at is null");
}

} // namespace

BOOST_AUTO_TEST_CASE(a_syntax_error_is_shown_at_its_line_and_column_and_all_is_rolled_back) {
    MigrationSite site;
    auto const file = site.add(
        "001_a.sql",
        "create table a (größe text);\n"
        "-- überall\n"
        "insert into a\n"
        "  values ('ä', /* ö */ 'ü',\n"
        "  'größe' nonsense);\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/status") == "failed");
    BOOST_TEST(run.at("/error/where/file") == file.string());
    BOOST_TEST(run.at("/error/where/line") == "5");
    BOOST_TEST(run.at("/error/where/column") == "11");
    BOOST_TEST(run.at("/error/sqlstate") == "42601");
    BOOST_TEST(has(run.err, file.string() + ":5:11: syntax error"), run.err);
    BOOST_TEST(run.at("/data/migrations/0/status") == "rolled_back");
    BOOST_TEST(run.at("/checks/0/status") == "failed");
    BOOST_TEST(run.at("/checks/0/where/line") == "5");
    BOOST_TEST(has(run.at("/error/hint"), "run migrate-apply again"));
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
}

BOOST_AUTO_TEST_CASE(a_failing_constraint_is_shown_with_its_statement_detail_and_sqlstate) {
    MigrationSite site{sample_database()};
    for (char const* const name :
         {"001_create_task_status_history.sql", "002_task_status_history_backfill.sql"}) {
        site.add(name, fs::read_file(sample_app() / "migrations" / name));
    }
    site.add(
        "003_break_half_way.sql",
        fs::read_file(sample_app() / "migrations-broken" / "003_break_half_way.sql"));
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/sqlstate") == "23514");
    BOOST_TEST(run.at("/error/where/line") == "10");
    BOOST_TEST(has(run.at("/error/message"), "tasks_title_length"));
    BOOST_TEST(has(run.at("/error/message"), "ALTER TABLE tasks ADD CONSTRAINT"));
    BOOST_TEST(has(run.at("/error/hint"), "2 migrations before it are applied"));
    BOOST_TEST(run.at("/data/migrations/1/status") == "applied");
    BOOST_TEST(run.at("/data/migrations/2/status") == "rolled_back");
    BOOST_TEST(
        site.ask("select count(*) from information_schema.columns where column_name = 'dueAt'") ==
        "0");
    auto const again = site.run();
    BOOST_TEST(again.code == 1);
    BOOST_TEST(
        site.ask("select count(*) filter (where rolled_back_at is null) || ' of ' || count(*)"
                 " from slipway.migrations where finished_at is null") == "1 of 2");
}

BOOST_AUTO_TEST_CASE(the_servers_hint_and_detail_are_told) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (id int primary key);\nselect idd from a;\n");
    auto const run = site.run();
    BOOST_TEST(run.at("/error/sqlstate") == "42703");
    BOOST_TEST(run.at("/error/where/column") == "8");
    BOOST_TEST(has(run.at("/error/hint"), "Perhaps you meant to reference the column \"a.id\""));
    site.add("001_a.sql", "create table a (id int primary key);\ninsert into a values (1), (1);");
    BOOST_TEST(has(site.run().at("/error/message"), "Key (id)=(1) already exists"));
}

BOOST_AUTO_TEST_CASE(an_error_inside_of_a_function_tells_its_context) {
    MigrationSite site;
    site.add("001_a.sql", "select 1;\ndo $$\nbegin\n  perform 1 / 0;\nend $$;");
    auto const run = site.run();
    BOOST_TEST(run.at("/error/sqlstate") == "22012");
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(has(run.at("/error/message"), "line 3 at PERFORM"), run.all());
}

BOOST_AUTO_TEST_CASE(a_deferred_constraint_that_fails_at_the_commit_names_the_file) {
    MigrationSite site;
    auto const file = site.add(
        "001_a.sql",
        "create table a (id int primary key);\n"
        "create table b (a int references a deferrable initially deferred);\n"
        "insert into b values (7);\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/sqlstate") == "23503");
    BOOST_TEST(run.at("/error/where/file") == file.string());
    BOOST_TEST(has(run.at("/error/message"), "commit"));
    BOOST_TEST(run.at("/data/migrations/0/status") == "rolled_back");
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
}

BOOST_AUTO_TEST_CASE(copy_data_that_does_not_fit_is_an_error_of_its_statement) {
    MigrationSite site;
    site.add("001_a.sql", "create table t (id int);\ncopy t from stdin;\n1\nnot a number\n\\.\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/sqlstate") == "22P02");
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(has(run.at("/error/message"), "COPY t, line 2, column id"));
    BOOST_TEST(site.ask("select to_regclass('t') is null") == "t");
}

BOOST_AUTO_TEST_CASE(in_github_actions_the_error_is_an_annotation_on_its_line) {
    MigrationSite site;
    auto const file = site.add("001_a.sql", "select 1;\n\nselect nowhere;\n");
    auto const run = site.run({}, {{"GITHUB_ACTIONS", "true"}});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(has(run.err, "::error file=" + file.string() + ",line=3,col=8,"), run.err);
    BOOST_TEST(run.at("/run/ci") == "github");
}

BOOST_AUTO_TEST_CASE(a_failed_migration_is_one_for_prisma_and_the_next_run_supersedes_it) {
    MigrationSite site;
    site.add_prisma("1_a", "create table a ();");
    site.add_prisma("2_b", "create table b ();\nselect nowhere;");
    site.add_prisma("3_c", "create table c ();");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(failed_for_prisma(site) == "2_b");
    BOOST_TEST(has(
        site.ask("select logs from _prisma_migrations where migration_name = '2_b'"), "nowhere"));
    BOOST_TEST(site.ask("select to_regclass('b') is null and to_regclass('c') is null") == "t");
    BOOST_TEST(site.run().code == 1); // the fault is still there
    site.add_prisma("2_b", "create table b ();");
    auto const again = site.run();
    BOOST_TEST(again.code == 0, again.all());
    BOOST_TEST(failed_for_prisma(site).empty());
    BOOST_TEST(
        site.ask("select count(*) filter (where rolled_back_at is not null and finished_at is null)"
                 " || ' ' || count(*) filter (where finished_at is not null)"
                 " from _prisma_migrations where migration_name = '2_b'") == "2 1");
}

BOOST_AUTO_TEST_CASE(a_migration_that_prisma_left_half_done_is_refused_until_resolved) {
    MigrationSite site;
    site.add_prisma("1_a", "create table a ();");
    site.add_prisma("2_b", "create table b ();");
    BOOST_TEST(site.run({"--to", "1_a"}).code == 0);
    auto const fail_as_prisma = [&] {
        site.db.run("insert into _prisma_migrations (id, checksum, migration_name, logs)"
                    " values (gen_random_uuid(), repeat('0', 64), '2_b', 'ERROR: broken pipe')");
    };
    fail_as_prisma();
    auto const run = site.run();
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(has(run.at("/error/message"), "broken pipe"));
    BOOST_TEST(has(run.at("/error/hint"), "migrate-apply resolve 2_b"));
    BOOST_TEST(site.run({"status"}).code == 4);
    BOOST_TEST(site.run({"resolve", "2_b", "--as", "rolled-back"}).code == 0);
    BOOST_TEST(failed_for_prisma(site).empty());
    BOOST_TEST(site.ask("select to_regclass('b') is null") == "t");
    fail_as_prisma();
    auto const resolved = site.run({"resolve", "2_b", "--as", "applied"});
    BOOST_TEST(resolved.code == 0, resolved.all());
    BOOST_TEST(
        site.ask("select applied_steps_count || logs || length(id) from _prisma_migrations"
                 " where migration_name = '2_b' and finished_at is not null") == "036");
    BOOST_TEST(site.run().at("/summary") == "nothing is pending");
    BOOST_TEST(site.run({"resolve", "2_b", "--as", "rolled-back"}).code == 4);
}

BOOST_AUTO_TEST_CASE(resolve_says_what_it_needs_and_refuses_what_makes_no_sense) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    BOOST_TEST(site.run({"resolve"}).code == 2);
    BOOST_TEST(site.run({"resolve", "001_a"}).code == 2);
    BOOST_TEST(site.run({"resolve", "002_x", "--as", "applied"}).code == 2);
    BOOST_TEST(site.run({"resolve", "001_a", "--as", "rolled-back"}).code == 4);
    BOOST_TEST(site.run({"resolve", "001_a", "--as", "applied"}).code == 0);
    site.add("002_b.sql", "select nowhere;");
    BOOST_TEST(site.run().code == 1);
    site.remove("002_b.sql");
    auto const gone = site.run({"resolve", "002_b", "--as", "applied"});
    BOOST_TEST(gone.code == 4, gone.all());
    BOOST_TEST(site.ask("select count(*) from slipway.migrations where id = ''") == "0");
    BOOST_TEST(site.run({"resolve", "002_b", "--as", "rolled-back"}).code == 0);
    BOOST_TEST(site.run().code == 0);
}

BOOST_AUTO_TEST_CASE(a_database_with_tables_and_no_history_needs_a_baseline_first) {
    MigrationSite site{sample_database()};
    site.dir = sample_app() / "prisma" / "migrations";
    site.db.run("drop table _prisma_migrations");
    auto const before = site.dump();
    auto const refused = site.run();
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(has(refused.at("/error/hint"), "migrate-apply baseline"));
    BOOST_TEST(site.dump() == before);
    BOOST_TEST(site.run({"baseline"}).code == 2);
    auto const marked = site.run({"baseline", "--to", "00000000000000_init"});
    BOOST_TEST(marked.code == 0, marked.all());
    BOOST_TEST(marked.at("/summary") == "1 migration marked as applied");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(
        site.ask("select count(*) from _prisma_migrations where finished_at is not null") == "5");
    BOOST_TEST(site.ask("select count(*) from profile_links") == "0");
}

BOOST_AUTO_TEST_SUITE_END()
