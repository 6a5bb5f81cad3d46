// SPDX-License-Identifier: Apache-2.0
// migrate-apply beside other sessions: locks on tables, other runners, Prisma's own lock.
#include "pg/advisory_lock.hpp"
#include "support/migration_site.hpp"

#include <csignal>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_locks)

using namespace slipway;
using namespace std::chrono_literals;
using support::MigrationSite;
using support::ToolRun;

namespace {

bool has(std::string const& text, std::string_view word) {
    return text.find(word) != std::string::npos;
}

pg::Options named(std::string name) {
    pg::Options options;
    options.application_name = std::move(name);
    return options;
}

std::future<ToolRun> start(MigrationSite const& site, std::vector<std::string> args = {}) {
    return std::async(std::launch::async, [&site, args] { return site.run(args); });
}

// Waits until a condition on the server holds; fails the test where it never does.
void until(MigrationSite const& site, std::string_view condition) {
    auto const deadline = time::Deadline::after(20s);
    while (site.ask(condition) != "t") {
        BOOST_REQUIRE_MESSAGE(!deadline.expired(), "never came true: " << condition);
        std::this_thread::sleep_for(10ms);
    }
}

constexpr std::string_view somebody_waits_for_a_lock =
    "select exists (select from pg_locks where not granted and database ="
    " (select oid from pg_database where datname = current_database()))";

constexpr std::string_view a_runner_is_here =
    "select exists (select from pg_stat_activity where datname = current_database()"
    " and application_name like 'slipway/migrate-apply%')";

} // namespace

BOOST_AUTO_TEST_CASE(a_lock_that_is_released_in_time_is_waited_for_in_short_tries) {
    MigrationSite site;
    site.db.run("create table t (id int)");
    site.add("001_a.sql", "create table a (); alter table t add column x int;");
    auto holder = site.db.connect(named("the-holder"));
    holder.exec("begin; lock table t in access share mode");
    auto running = start(site, {"--lock-timeout", "200ms"});
    until(site, somebody_waits_for_a_lock);
    std::this_thread::sleep_for(1s);
    // Between the tries nobody queues behind the migration.
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    holder.exec("commit");
    auto const run = running.get();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(has(run.err, "trying again"), run.err);
    BOOST_TEST(has(run.err, "the-holder"), run.err);
    BOOST_TEST(site.ask("select count(*) from slipway.migrations") == "1");
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_never_released_is_given_up_with_the_statement_and_the_holder) {
    MigrationSite site;
    site.db.run("create table t (id int)");
    site.add("001_a.sql", "create table a ();\nalter table t\n  add column x int;");
    auto holder = site.db.connect(named("the-holder"));
    holder.exec("begin; lock table t in access share mode");
    auto const run = site.run({"--lock-timeout", "150ms", "--lock-retries", "1"});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.at("/error/sqlstate") == "55P03");
    BOOST_TEST(run.at("/error/where/line") == "2");
    BOOST_TEST(has(run.at("/error/message"), "after 2 attempts"));
    BOOST_TEST(
        has(run.at("/error/message"),
            "waited for AccessExclusiveLock on public.t, held by process"),
        run.all());
    BOOST_TEST(has(run.at("/error/message"), "the-holder, idle in transaction"), run.all());
    BOOST_TEST(run.at("/data/migrations/0/status") == "rolled_back");
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    holder.exec("commit");
    BOOST_TEST(site.run().code == 0);
}

BOOST_AUTO_TEST_CASE(of_two_runners_on_an_empty_history_one_applies_and_the_other_waits) {
    for (bool const prisma : {false, true}) {
        MigrationSite site;
        for (char const* const n : {"1", "2", "3"}) {
            std::string const sql =
                "create table t" + std::string{n} + " as select generate_series(1, 100000) x;";
            prisma ? site.add_prisma(std::string{n} + "_t", sql)
                   : site.add("00" + std::string{n} + "_t.sql", sql);
        }
        auto first = start(site);
        auto second = start(site);
        auto const one = first.get();
        auto const two = second.get();
        BOOST_TEST(one.code == 0, one.all());
        BOOST_TEST(two.code == 0, two.all());
        auto const idle = [](ToolRun const& run) {
            return run.at("/summary") == "nothing is pending";
        };
        BOOST_TEST(idle(one) != idle(two), one.all() + two.all());
        std::string const table = prisma ? "_prisma_migrations" : "slipway.migrations";
        BOOST_TEST(site.ask("select count(*) from " + table) == "3");
    }
}

BOOST_AUTO_TEST_CASE(a_runner_that_may_not_wait_names_the_holder_and_is_refused) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    auto other = site.db.connect(named("the-other-runner"));
    auto const lock = pg::AdvisoryLock::try_take(other, pg::deployment_lock);
    BOOST_REQUIRE(lock.has_value());
    auto const run = site.run({"--lock-wait", "300ms"});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(has(run.at("/error/message"), "the-other-runner"));
    BOOST_TEST(has(run.at("/error/message"), std::to_string(other.backend_pid())));
    BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
}

BOOST_AUTO_TEST_CASE(prismas_own_lock_is_waited_for) {
    MigrationSite site;
    site.add_prisma("1_a", "create table a ();");
    auto prisma = site.db.connect(named("prisma"));
    prisma.exec("select pg_advisory_lock(72707369)");
    auto const refused = site.run({"--lock-wait", "200ms"});
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(has(refused.at("/error/message"), "prisma"));
    auto running = start(site);
    until(site, a_runner_is_here);
    std::this_thread::sleep_for(300ms);
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    prisma.close();
    auto const run = running.get();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(has(run.err, "waiting for another runner"), run.err);
}

BOOST_AUTO_TEST_CASE(a_waiting_runner_does_not_hinder_a_concurrent_index) {
    // Whoever waits in pg_advisory_lock holds a snapshot, and the index waits for that.
    MigrationSite site;
    site.db.run("create table t as select generate_series(1, 200000) x");
    site.add(
        "001_i.sql", "create index concurrently i on t (x); create index concurrently j on t (x);");
    auto first = start(site);
    auto second = start(site);
    auto const one = first.get();
    auto const two = second.get();
    BOOST_TEST(one.code == 0, one.all());
    BOOST_TEST(two.code == 0, two.all());
    BOOST_TEST(site.ask("select count(*) from pg_index where not indisvalid") == "0");
}

BOOST_AUTO_TEST_CASE(a_runner_that_is_terminated_while_it_waits_leaves_its_record) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();");
    auto other = site.db.connect();
    auto const lock = pg::AdvisoryLock::try_take(other, pg::deployment_lock);
    auto const run = support::start_and_kill(
        "migrate-apply", site.arguments({}), site.environment(), 600ms, SIGTERM);
    BOOST_TEST(run.code == 143, run.all());
    BOOST_TEST(run.at("/status") == "aborted");
}

BOOST_AUTO_TEST_CASE(a_runner_that_is_terminated_at_work_leaves_nothing_and_the_next_goes_on) {
    MigrationSite site;
    site.add("001_a.sql", "create table a (); select pg_sleep(30);");
    auto const run = support::start_and_kill(
        "migrate-apply", site.arguments({}), site.environment(), 600ms, SIGINT);
    BOOST_TEST(run.code == 130, run.all());
    BOOST_TEST((run.duration < 5s));
    BOOST_TEST(run.at("/data/migrations/0/status") == "rolled_back");
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    site.add("001_a.sql", "create table a ();");
    auto const again = site.run();
    BOOST_TEST(again.code == 0, again.all());
}

BOOST_AUTO_TEST_CASE(the_tools_own_deadline_rolls_back_and_says_where_it_was) {
    MigrationSite site;
    site.add("001_a.sql", "create table a ();\nselect pg_sleep(30);");
    auto const run = site.run({"--timeout", "500ms"});
    BOOST_TEST(run.code == 5, run.all());
    BOOST_TEST((run.duration < 5s));
    BOOST_TEST(site.ask("select to_regclass('a') is null") == "t");
    auto const limited = site.run({"--statement-timeout", "100ms"});
    BOOST_TEST(limited.code == 5, limited.all());
    BOOST_TEST(limited.at("/error/where/line") == "2");
    site.add("001_a.sql", "create table a ();");
    BOOST_TEST(site.run().code == 0);
}

BOOST_AUTO_TEST_SUITE_END()
