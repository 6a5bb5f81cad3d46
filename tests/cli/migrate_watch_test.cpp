// SPDX-License-Identifier: Apache-2.0
// migrate-apply watch: what another shell sees of a run.
#include "pg/transaction.hpp"
#include "support/migration_site.hpp"

#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_watch)

using namespace slipway;
using namespace std::chrono_literals;
using support::MigrationSite;

namespace {

constexpr auto long_enough_to_be_seen = 1500ms;

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

void await(MigrationSite const& site, std::string_view condition) {
    auto const deadline = time::Deadline::after(20s);
    while (site.ask(condition) != "t") {
        BOOST_REQUIRE(!deadline.expired());
        std::this_thread::sleep_for(10ms);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(watch_waits_for_a_run_and_says_where_there_is_none) {
    MigrationSite site;
    site.dir = "/nowhere"; // it needs no folder
    auto const run =
        support::run_tool("migrate-apply", {"watch", "--wait", "50ms"}, site.environment());
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/summary") == "no run is under way");
}

BOOST_AUTO_TEST_CASE(watch_tells_statement_locks_and_sessions_that_are_blocked_until_the_run_ends) {
    MigrationSite site;
    site.db.connect().exec("create table a as select generate_series(1, 1000) x");
    // The migration goes on when the test lets it.
    auto gate = site.db.connect();
    gate.exec("select pg_advisory_lock(42)");
    site.add("001_a.sql", "alter table a add y int; select pg_advisory_lock(42);");
    site.add("002_i.sql", "create index concurrently a_x on a (x);");
    auto watching = std::async(std::launch::async, [&] {
        return support::run_tool(
            "migrate-apply", {"watch", "--wait", "20s", "--every", "50ms"}, site.environment());
    });
    auto running = std::async(std::launch::async, [&] { return site.run(); });
    await(
        site,
        "select exists (select from pg_locks where mode = 'AccessExclusiveLock' and granted"
        " and relation = 'a'::regclass)");
    auto reader = std::async(std::launch::async, [&] {
        auto connection = site.db.connect();
        connection.exec("set application_name = 'a reader'");
        return connection.exec("select count(*) from a").one_value<std::int64_t>();
    });
    await(site, "select exists (select from pg_locks where not granted)");
    // A snapshot that is older than the index holds CREATE INDEX CONCURRENTLY up.
    auto holder = site.db.connect();
    holder.exec("set application_name = 'a holder'");
    std::optional<pg::Transaction> open;
    open.emplace(holder, "begin isolation level repeatable read");
    open->exec("select 1");
    await(
        site,
        "select count(*) >= 3 from pg_stat_activity where application_name like"
        " 'slipway/migrate-apply/%' and datname = current_database()");
    std::this_thread::sleep_for(long_enough_to_be_seen);
    gate.exec("select pg_advisory_unlock(42)");
    BOOST_TEST(reader.get() == 1000);
    await(site, "select exists (select from pg_stat_progress_create_index)");
    std::this_thread::sleep_for(long_enough_to_be_seen);
    open.reset();
    auto const run = running.get();
    BOOST_TEST(run.code == 0, run.all());
    auto const watch = watching.get();
    BOOST_TEST(watch.code == 0, watch.all());
    for (char const* const part :
         {"watching slipway/migrate-apply/",
          "statement select pg_advisory_lock(42)",
          "holds     AccessExclusiveLock on public.a",
          "blocks    ",
          "(a reader)",
          "phase     CREATE INDEX CONCURRENTLY on public.a, ",
          "held up by process ",
          "(a holder, idle in transaction)"}) {
        BOOST_TEST(has(watch.err, part), std::string{"lacks: "} + part + "\n" + watch.all());
    }
    BOOST_TEST(watch.at("/data/watch/most_blocked") == "1");
    BOOST_TEST(has(watch.at("/summary"), "has ended"));
}

BOOST_AUTO_TEST_SUITE_END()
