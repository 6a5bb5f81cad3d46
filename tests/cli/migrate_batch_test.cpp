// SPDX-License-Identifier: Apache-2.0
// Small migrations that are sent ahead: as if each had been sent when the one before was applied.
#include "support/cutting_proxy.hpp"
#include "support/migration_site.hpp"

#include <csignal>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_batch)

using namespace slipway;
using namespace std::chrono_literals;
using support::MigrationSite;
using support::ToolRun;

namespace {

std::string states(ToolRun const& run, int migrations) {
    std::string out;
    for (int at = 0; at < migrations; ++at) {
        out += run.at("/data/migrations/" + std::to_string(at) + "/status") + " ";
    }
    return out;
}

std::string tables(MigrationSite const& site) {
    return site.ask("select string_agg(relname, ' ' order by relname) from pg_class"
                    " where relkind = 'r' and relnamespace = 'public'::regnamespace");
}

std::string history(MigrationSite const& site) {
    return site.ask("select string_agg(id, ' ' order by number) from slipway.migrations"
                    " where finished_at is not null");
}

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

void until(MigrationSite const& site, std::string_view condition) {
    auto const deadline = time::Deadline::after(20s);
    while (site.ask(condition) != "t") {
        BOOST_REQUIRE_MESSAGE(!deadline.expired(), "never came true: " << condition);
        std::this_thread::sleep_for(10ms);
    }
}

constexpr std::string_view somebody_sleeps =
    "select exists (select from pg_stat_activity where datname = current_database()"
    " and wait_event = 'PgSleep')";

} // namespace

BOOST_AUTO_TEST_CASE(what_stands_behind_a_migration_that_fails_is_not_applied) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    site.add("002_b.sql", "create table b (x int);");
    site.add("003_c.sql", "create table c (x int);\nalter table a add check (y > 0);");
    site.add("004_d.sql", "create table d (x int);");
    site.add("005_e.sql", "create table e (x int);");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/sqlstate") == "42703");
    BOOST_TEST(has(run.at("/error/where/file"), "003_c.sql"));
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(
        run.at("/summary") ==
        "003_c failed and was rolled back whole; 2 migrations applied before it");
    BOOST_TEST(states(run, 5) == "applied applied rolled_back pending pending ");
    BOOST_TEST(tables(site) == "a b");
    BOOST_TEST(history(site) == "001_a 002_b");
    BOOST_TEST(
        site.ask("select string_agg(migration || ' ' || outcome, ', ' order by finished_at)"
                 " from slipway.execution_log") ==
        "001_a applied, 002_b applied, 003_c rolled_back");
    site.add("003_c.sql", "create table c (x int);");
    auto const again = site.run();
    BOOST_TEST(again.code == 0, again.all());
    BOOST_TEST(tables(site) == "a b c d e");
}

// The server is outside of any transaction after it, and would run what comes next.
BOOST_AUTO_TEST_CASE(what_stands_behind_a_commit_that_fails_is_not_applied) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int primary key);");
    site.add(
        "002_b.sql",
        "create table b (x int references a deferrable initially deferred);"
        " insert into b values (1);");
    site.add("003_c.sql", "create table c (x int);");
    site.add("004_d.sql", "insert into a values (1); set search_path = nowhere;");
    auto const run = site.run();
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/sqlstate") == "23503");
    BOOST_TEST(has(run.at("/error/message"), "at its commit"));
    BOOST_TEST(has(run.at("/error/where/file"), "002_b.sql"));
    BOOST_TEST(states(run, 4) == "applied rolled_back pending pending ");
    BOOST_TEST(tables(site) == "a");
    BOOST_TEST(history(site) == "001_a");
}

BOOST_AUTO_TEST_CASE(a_migration_that_changes_the_session_changes_nothing_for_the_next) {
    MigrationSite site;
    site.db.run("create schema elsewhere");
    site.add("001_a.sql", "set search_path = elsewhere; create table a (x int);");
    site.add("002_b.sql", "set transaction isolation level serializable; create table b (x int);");
    site.add(
        "003_c.sql",
        "set default_transaction_read_only = on; set role pg_read_all_data; set local role none;"
        " create table c as select current_setting('lock_timeout') x;");
    site.add("004_d.sql", "create table d as select current_user::text = session_user::text as x;");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(tables(site) == "b c d");
    BOOST_TEST(site.ask("select to_regclass('elsewhere.a') is not null") == "t");
    BOOST_TEST(site.ask("select x from c") == "5s");
    BOOST_TEST(site.ask("select x from d") == "t");
}

BOOST_AUTO_TEST_CASE(more_than_are_sent_at_once_are_applied_in_order_up_to_the_one_that_fails) {
    MigrationSite site;
    for (int n = 101; n <= 200; ++n) {
        std::string const t = "t" + std::to_string(n);
        site.add(
            std::to_string(n) + ".sql",
            n == 180 ? "select 1 / 0;" : "create table " + t + " (x int);");
    }
    auto const run = site.run({"--layout", "plain"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/error/sqlstate") == "22012");
    BOOST_TEST(
        site.ask("select count(*) || max(id) from slipway.migrations"
                 " where finished_at is not null") == "79179");
    BOOST_TEST(
        site.ask("select array_agg(number order by number) ="
                 " array_agg(number order by id) from slipway.migrations") == "t");
    site.add("180.sql", "create table t180 (x int);");
    auto const again = site.run({"--layout", "plain"});
    BOOST_TEST(again.at("/summary").starts_with("21 migrations applied"), again.all());
}

BOOST_AUTO_TEST_CASE(a_lock_in_the_middle_is_tried_again_and_the_rest_goes_on) {
    MigrationSite site;
    site.db.run("create table t (id int)");
    site.add("001_a.sql", "create table a (x int);");
    site.add("002_b.sql", "create table b (x int);\nalter table t add column x int;");
    site.add("003_c.sql", "create table c (x int);");
    site.add("004_d.sql", "create table d (x int);");
    auto holder = site.db.connect();
    holder.exec("begin; lock table t in access share mode");
    auto running = std::async(std::launch::async, [&] {
        return site.run({"--lock-timeout", "200ms"});
    });
    until(
        site,
        "select exists (select from pg_locks where not granted and database ="
        " (select oid from pg_database where datname = current_database()))");
    std::this_thread::sleep_for(1s);
    BOOST_TEST(tables(site) == "a t");
    holder.exec("commit");
    auto const run = running.get();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(has(run.err, "002_b: "), run.err);
    BOOST_TEST(has(run.err, "002_b.sql:2:1"), run.err);
    BOOST_TEST(has(run.err, "rolled back, trying again"), run.err);
    BOOST_TEST(history(site) == "001_a 002_b 003_c 004_d");
}

BOOST_AUTO_TEST_CASE(a_lock_in_the_middle_that_stays_is_given_up_after_as_many_attempts) {
    MigrationSite site;
    site.db.run("create table t (id int)");
    site.add("001_a.sql", "create table a (x int);");
    site.add("002_b.sql", "create table b (x int);\nalter table t add column x int;");
    site.add("003_c.sql", "create table c (x int);");
    auto holder = site.db.connect();
    holder.exec("begin; lock table t in access share mode");
    auto const run = site.run({"--lock-timeout", "150ms", "--lock-retries", "1"});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/error/sqlstate") == "55P03");
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(has(run.at("/error/message"), "after 2 attempts"), run.all());
    BOOST_TEST(has(run.at("/error/message"), "held by process"), run.all());
    BOOST_TEST(states(run, 3) == "applied rolled_back pending ");
    BOOST_TEST(tables(site) == "a t");
}

BOOST_AUTO_TEST_CASE(a_signal_in_the_middle_rolls_one_back_and_begins_no_other) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    site.add("002_b.sql", "create table b (x int);");
    site.add("003_c.sql", "create table c (x int);\nselect pg_sleep(30);");
    site.add("004_d.sql", "create table d (x int);");
    for (int const signal : {SIGTERM, SIGINT}) {
        auto const run = support::start_and_kill(
            "migrate-apply", site.arguments({}), site.environment(), 1500ms, signal);
        BOOST_TEST(run.code == 128 + signal, run.all());
        BOOST_TEST((run.duration < 10s));
        BOOST_TEST(states(run, 4) == "applied applied rolled_back pending ", run.all());
        BOOST_TEST(tables(site) == "a b");
    }
}

// The server is ahead of the answers when the signal comes: what it has committed is told.
BOOST_AUTO_TEST_CASE(a_signal_at_any_instant_leaves_a_record_that_is_true) {
    for (int each = 0; each < 6; ++each) {
        MigrationSite site;
        for (int n = 101; n <= 150; ++n) {
            site.add(
                std::to_string(n) + "_t.sql",
                "create table t" + std::to_string(n) + " as select generate_series(1, 2000) x;");
        }
        auto const run = support::start_and_kill(
            "migrate-apply",
            site.arguments({}),
            site.environment(),
            std::chrono::milliseconds{60 + 25 * each},
            SIGTERM);
        BOOST_TEST((run.code == 143 || run.code == 0), run.all());
        int told = 0;
        for (int at = 0; run.code == 143 && at < 50; ++at) {
            told +=
                run.at("/data/migrations/" + std::to_string(at) + "/status") == "applied" ? 1 : 0;
        }
        auto const there = site.ask("select count(*) from pg_class where relname like 't1__'");
        BOOST_TEST((run.code == 0 || there == std::to_string(told)), there + run.all());
        BOOST_TEST(site.run().code == 0);
        BOOST_TEST(site.ask("select count(*) from slipway.migrations") == "50");
    }
}

BOOST_AUTO_TEST_CASE(a_session_that_is_ended_in_the_middle_rolls_one_back) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    site.add("002_b.sql", "create table b (x int);\nselect pg_sleep(30);");
    site.add("003_c.sql", "create table c (x int);");
    auto running = std::async(std::launch::async, [&] { return site.run(); });
    until(site, somebody_sleeps);
    site.db.run(
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'"
        " and datname = current_database()");
    auto const run = running.get();
    BOOST_TEST(run.code == 3, run.all());
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(states(run, 3) == "applied rolled_back pending ");
    BOOST_TEST(tables(site) == "a");
}

BOOST_AUTO_TEST_CASE(a_connection_lost_in_the_middle_is_looked_up_for_all_that_were_sent) {
    for (auto const cut :
         {support::Cut::before_the_server_sees_it, support::Cut::after_the_server_answers}) {
        MigrationSite site;
        site.add("001_a.sql", "create table a (x int);");
        site.add("002_b.sql", "create table b (x int);");
        site.add("003_c.sql", "create table c (x int);");
        auto const target = site.db.conninfo();
        support::CuttingProxy const proxy{std::stoi(target.port()), "create table a ", cut};
        auto const run = support::run_tool(
            "migrate-apply",
            site.arguments({}),
            {{"DATABASE_URL", target.with("port", std::to_string(proxy.port())).uri().reveal()}});
        BOOST_TEST(run.code == 3, run.all());
        BOOST_TEST(has(run.at("/error/message"), "the connection was lost while 00"), run.all());
        auto const applied = history(site);
        std::string told;
        for (char const* const at : {"0", "1", "2"}) {
            auto const path = std::string{"/data/migrations/"} + at;
            BOOST_TEST(run.at(path + "/status") != "failed");
            if (run.at(path + "/status") == "applied") {
                told += (told.empty() ? "" : " ") + run.at(path + "/id");
            }
        }
        BOOST_TEST(told == applied, run.all());
        BOOST_TEST(
            (cut == support::Cut::after_the_server_answers) == (applied.size() > 0), applied);
        auto const again = site.run();
        BOOST_TEST(again.code == 0, again.all());
        BOOST_TEST(history(site) == "001_a 002_b 003_c");
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_ahead_has_its_turn_in_between) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (x int);");
    site.add("002_b.sql", "create table b (x int);");
    site.add("003_copy.sql", "copy a from stdin;\n1\n2\n\\.\n");
    site.add("004_i.sql", "create index concurrently i on a (x);");
    site.add("005_echo.sql", "\\echo hello\ncreate table c (x int);");
    site.add("006_d.sql", "create table d as select count(*) x from a;");
    site.add("007_e.sql", "create table e (x int);");
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(history(site) == "001_a 002_b 003_copy 004_i 005_echo 006_d 007_e");
    BOOST_TEST(site.ask("select x from d") == "2");
    auto const echo = run.err.find("hello");
    BOOST_TEST(echo > run.err.find("applied 004_i"));
    BOOST_TEST(echo < run.err.find("applied 005_echo"));
}

BOOST_AUTO_TEST_SUITE_END()
