// SPDX-License-Identifier: Apache-2.0
// What migrate-apply applies, and what it leaves in the history.
#include "support/migration_site.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_apply)

using namespace slipway;
using support::MigrationSite;
using support::sample_app;
using support::sample_database;

BOOST_AUTO_TEST_CASE(a_prisma_folder_is_applied_to_an_empty_database_as_prisma_would) {
    MigrationSite site;
    site.dir = sample_app() / "prisma" / "migrations";
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "passed");
    BOOST_TEST(run.at("/data/layout") == "prisma");
    BOOST_TEST(run.at("/data/migrations/4/status") == "applied");
    BOOST_TEST(run.at("/data/migrations/4/this_run") == "true");
    BOOST_TEST(
        site.ask("select count(*) from _prisma_migrations where finished_at is not null and"
                 " rolled_back_at is null and logs is null and applied_steps_count = 1"
                 " and length(id) = 36 and length(checksum) = 64 and finished_at >= started_at") ==
        "5");
    BOOST_TEST(
        site.ask(
            "select checksum = encode(sha256(pg_read_binary_file('" +
            (site.dir / "20260112100000_add_profile_title" / "migration.sql").string() +
            "')), 'hex') from _prisma_migrations where migration_name ="
            " '20260112100000_add_profile_title'") == "t");
    BOOST_TEST(site.ask("select count(*) from profile_links") == "0");
    auto const again = site.run();
    BOOST_TEST(again.code == 0);
    BOOST_TEST(again.at("/summary") == "nothing is pending");
}

BOOST_AUTO_TEST_CASE(a_history_that_prisma_began_is_continued) {
    MigrationSite site{sample_database()};
    site.dir = sample_app() / "prisma" / "migrations";
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/migrations/0/this_run") == "false");
    BOOST_TEST(run.at("/data/migrations/1/this_run") == "true");
    BOOST_TEST(site.ask("select count(*) from _prisma_migrations") == "5");
    BOOST_TEST(
        site.ask("select count(*) from profiles where \"themePreference\" = 'system'") == "5000");
}

BOOST_AUTO_TEST_CASE(a_plain_folder_is_applied_and_the_second_run_finds_nothing_pending) {
    MigrationSite site{sample_database()};
    site.dir = sample_app() / "migrations";
    auto const run = site.run({}, {{"SLIPWAY_RUN_ID", "run-7"}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select count(*) > 0 from task_status_history") == "t");
    BOOST_TEST(
        site.ask("select string_agg(id || ' ' || run_id, ',' order by number)"
                 " from slipway.migrations where finished_at is not null") ==
        "001_create_task_status_history run-7,002_task_status_history_backfill run-7");
    auto const dump = site.dump();
    auto const again = site.run();
    BOOST_TEST(again.code == 0, again.all());
    BOOST_TEST(again.out.find("nothing is pending") != std::string::npos);
    BOOST_TEST(again.at("/data/migrations/1/this_run") == "false");
    BOOST_TEST(site.dump() == dump);
}

BOOST_AUTO_TEST_CASE(an_edited_file_is_refused_by_name_and_nothing_is_applied) {
    MigrationSite site;
    site.add_prisma("1_a", "create table a ();");
    BOOST_TEST(site.run().code == 0);
    auto const file = site.add_prisma("1_a", "create table a (x int);");
    site.add_prisma("2_b", "create table b ();");
    auto const run = site.run();
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/status") == "refused");
    BOOST_TEST(run.at("/error/where/file") == file.string());
    BOOST_TEST(run.at("/error/message").find("1_a") != std::string::npos);
    BOOST_TEST(site.ask("select to_regclass('b') is null") == "t");
    BOOST_TEST(site.run({"status"}).code == 4);
    BOOST_TEST(site.run({"status"}).at("/data/migrations/0/status") == "drifted");
    site.add_prisma("1_a", "create table a ();");
    BOOST_TEST(site.run().code == 0);
}

BOOST_AUTO_TEST_CASE(a_checkout_with_other_line_ends_is_no_drift_for_prisma) {
    MigrationSite site;
    site.add_prisma("1_a", "create table a ();\nselect 1;\n");
    BOOST_TEST(site.run().code == 0);
    site.add_prisma("1_a", "create table a ();\r\nselect 1;\r\n");
    BOOST_TEST(site.run().at("/summary") == "nothing is pending");
}

BOOST_AUTO_TEST_CASE(every_kind_of_file_that_psql_runs_is_run) {
    MigrationSite site;
    site.add(
        "001_bom.sql",
        "\xEF\xBB\xBF"
        "create table t (id int, name text);");
    site.add("002_crlf.sql", "insert into t\r\nvalues (1, 'a');\r\n\r\nselect 1;\r\n");
    site.add("003_empty.sql", "");
    site.add("004_comments.sql", "-- nothing\n/* to /* do */ here */\n");
    site.add(
        "005_dollar.sql",
        "create function f() returns text language sql as $body$ select ';' || $$;$$ $body$;\n"
        "do $$ begin perform f(); end $$;\n");
    site.add("006_größe_テーブル.sql", "insert into t values (2, 'größe;');");
    site.add(
        "007_copy.sql",
        "copy t (id, name) from stdin;\n3\tthree; four\n4\t\\N\n5\tä\\tb\n\\.\nselect 1;\n");
    site.add("008_own_transaction.sql", "BEGIN;\ninsert into t values (6, 'x');\nCOMMIT;\n");
    site.add("009_savepoint.sql", "savepoint a; delete from t; rollback to a;");
    site.add("0010_csv.sql", "copy t from stdin with (format csv);\n7,\"a,b\"\n\\.\n");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(
        site.ask("select string_agg(id || '=' || coalesce(name, '-'), ' ' order by id) from t") ==
        "1=a 2=größe; 3=three; four 4=- 5=ä\tb 6=x 7=a,b");
    BOOST_TEST(site.ask("select f()") == ";;");
    BOOST_TEST(
        site.ask("select count(*) from slipway.migrations where finished_at is not null") == "10");
    BOOST_TEST(
        site.ask("select id from slipway.migrations where number = 6") == "006_größe_テーブル");
}

BOOST_AUTO_TEST_CASE(settings_and_roles_of_one_file_do_not_leak_into_the_next) {
    MigrationSite site;
    std::string const role = site.db.name() + "_role";
    site.db.run("create role " + role + "; create schema other authorization " + role + ";");
    site.add("001_a.sql", "set search_path = other; create table in_other ();");
    site.add("002_b.sql", "create table in_public ();");
    site.add("003_c.sql", "select set_config('search_path', '', false);");
    site.add("004_d.sql", "create table in_public_too ();");
    site.add("005_e.sql", "set role " + role + "; create table other.owned ();");
    site.add("006_f.sql", "create table of_superuser ();");
    site.add("007_g.sql", "set session authorization " + role + "; create table other.owned2 ();");
    site.add("008_h.sql", "create table of_superuser2 ();");
    site.add("009_i.sql", "set statement_timeout = 1; set lock_timeout = 1;");
    site.add("010_j.sql", "select pg_sleep(0.05);");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select 'other.in_other'::regclass is not null") == "t");
    BOOST_TEST(site.ask("select 'public.in_public'::regclass is not null") == "t");
    BOOST_TEST(site.ask("select 'public.in_public_too'::regclass is not null") == "t");
    BOOST_TEST(
        site.ask("select string_agg(tableowner, ' ' order by tablename) from pg_tables"
                 " where tablename in ('of_superuser', 'of_superuser2', 'owned', 'owned2')") ==
        "slipway slipway " + role + " " + role);
    site.db.run("drop schema other cascade; drop owned by " + role + "; drop role " + role);
}

BOOST_AUTO_TEST_CASE(to_stops_after_the_named_one_and_only_takes_one) {
    MigrationSite site;
    for (char const* const n : {"1", "2", "3", "4"}) {
        site.add("00" + std::string{n} + "_t.sql", "create table t" + std::string{n} + " ();");
    }
    auto const applied = [&] {
        return site.ask("select string_agg(id, ' ' order by id) from slipway.migrations");
    };
    BOOST_TEST(site.run({"--to", "002"}).code == 0);
    BOOST_TEST(applied() == "001_t 002_t");
    BOOST_TEST(site.run({"--only", "004_t"}).code == 0);
    BOOST_TEST(applied() == "001_t 002_t 004_t");
    for (char const* const option : {"--only", "--to"}) {
        auto const unknown = site.run({option, "005"});
        BOOST_TEST(unknown.code == 2, unknown.all());
        BOOST_TEST(unknown.at("/error/message").find("005") != std::string::npos);
    }
    auto const again = site.run({"--only", "002"});
    BOOST_TEST(again.code == 0, again.all());
    BOOST_TEST(again.at("/summary") == "nothing is pending");
}

BOOST_AUTO_TEST_CASE(a_migration_before_an_applied_one_follows_the_policy) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    site.add("003_c.sql", "create table c ();");
    BOOST_TEST(site.run().code == 0);
    site.add("002_b.sql", "create table b ();");
    site.add("004_d.sql", "create table d ();");
    auto const refused = site.run();
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(refused.at("/error/message").find("002_b") != std::string::npos);
    BOOST_TEST(site.ask("select to_regclass('d') is null") == "t");
    auto const ignored = site.run({"--out-of-order", "ignore"});
    BOOST_TEST(ignored.code == 0, ignored.all());
    BOOST_TEST(ignored.says("002_b is passed over"));
    BOOST_TEST(site.ask("select to_regclass('b') is null and to_regclass('d') is not null") == "t");
    BOOST_TEST(site.run({"--out-of-order", "apply"}).code == 0);
    BOOST_TEST(site.ask("select to_regclass('b') is not null") == "t");
}

BOOST_AUTO_TEST_CASE(prismas_own_policy_applies_an_earlier_migration) {
    MigrationSite site;
    site.add_prisma("2_b", "create table b ();");
    BOOST_TEST(site.run().code == 0);
    site.add_prisma("1_a", "create table a ();");
    BOOST_TEST(site.run().code == 0);
    BOOST_TEST(site.ask("select to_regclass('a') is not null") == "t");
}

BOOST_AUTO_TEST_CASE(a_prisma_url_with_a_schema_keeps_table_and_history_there) {
    MigrationSite site;
    site.db.run("create schema shop");
    site.add_prisma("1_a", "create table a ();");
    std::string url = site.db.conninfo().uri().reveal();
    url += (url.find('?') == std::string::npos ? "?" : "&") + std::string{"schema=shop"};
    auto const run = site.run({}, {{"DATABASE_URL", url}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(site.ask("select count(*) from shop._prisma_migrations") == "1");
    BOOST_TEST(site.ask("select to_regclass('shop.a') is not null") == "t");
}

BOOST_AUTO_TEST_CASE(an_index_that_is_invalid_already_is_told_after_an_apply) {
    MigrationSite site;
    site.db.run("create table old (x int); insert into old values (1), (1)");
    BOOST_CHECK_THROW(
        site.db.connect().exec("create unique index concurrently broken on old (x)"), Error);
    site.add("001_a.sql", "create table a ();");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "warned");
    BOOST_TEST(run.says("public.broken"));
}

BOOST_AUTO_TEST_SUITE_END()
