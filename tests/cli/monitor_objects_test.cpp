// SPDX-License-Identifier: Apache-2.0
// What monitor says of tables, indexes, statements and standbys, on a server of its own.
#include "cluster/cluster.hpp"
#include "fs/temp_folder.hpp"
#include "pg/connection.hpp"
#include "support/run_tool.hpp"

#include <algorithm>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(monitor_objects)

using namespace slipway;
using namespace std::chrono_literals;
using support::ToolRun;

namespace {

cluster::Cluster& watched_server() {
    static cluster::Cluster server = [] {
        cluster::Settings settings;
        settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
        settings.parameters = {
            {"shared_preload_libraries", "pg_stat_statements"},
            {"max_prepared_transactions", "5"},
            {"autovacuum", "off"}};
        auto out = cluster::Cluster::start(settings);
        auto db = pg::Connection::open(out.conninfo(), {});
        db.exec("create extension pg_stat_statements");
        db.exec("create table orders (id int primary key, at int)");
        db.exec("create index orders_at on orders (at)");
        db.exec("create table log (id bigint, body text)");
        db.exec("insert into orders select g, g % 7 from generate_series(1, 500) g");
        db.exec("insert into log select g, repeat('x', 200) from generate_series(1, 5000) g");
        db.exec("analyze");
        db.exec("create role watcher login in role pg_monitor");
        return out;
    }();
    return server;
}

pg::Connection to_watched() {
    return pg::Connection::open(watched_server().conninfo(), {});
}

ToolRun watch_objects(std::vector<std::string> const& more) {
    std::vector<std::string> args{"--environment", "test"};
    args.insert(args.end(), more.begin(), more.end());
    if (std::find(more.begin(), more.end(), "--every") == more.end()) {
        args.insert(args.end(), {"--every", "100ms"});
    }
    auto const where = watched_server().conninfo().with("user", "watcher");
    return support::run_tool("monitor", args, {{"DATABASE_URL", where.uri().reveal()}});
}

json::Value object_metric(ToolRun const& run, std::string_view name) {
    BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
    for (auto const& each : (*run.record)->at("data")["metrics"]) {
        if (each["name"] == name) {
            return each;
        }
    }
    BOOST_FAIL("no metric " << name << ": " << run.all());
    return {};
}

std::string object_check(ToolRun const& run, std::string_view id) {
    for (auto const& check : (*run.record)->at("checks")) {
        if (check["id"] == id) {
            return check["status"].get<std::string>() + ": " + check["message"].get<std::string>();
        }
    }
    return "absent";
}

} // namespace

BOOST_AUTO_TEST_CASE(an_index_that_vanishes_is_news_though_a_migration_holds_its_table) {
    watched_server();
    auto running = std::async(std::launch::async, [] { return watch_objects({"--for", "5s"}); });
    std::this_thread::sleep_for(1500ms);
    auto db = to_watched();
    db.exec("drop index orders_at");
    db.exec("begin");
    db.exec("lock table orders, log in access exclusive mode");
    auto const run = running.get();
    db.exec("rollback");
    db.exec("create index orders_at on orders (at)");
    BOOST_TEST(run.at("/data/events/0/object") == "public.orders_at", run.all());
    BOOST_TEST(run.at("/data/events/0/on") == "public.orders");
    BOOST_TEST(run.says("the index public.orders_at on public.orders has vanished"));
    BOOST_TEST(object_check(run, "pg.indexes").starts_with("warned: public.orders_at on public."));
    BOOST_TEST(run.at("/data/sources/0/gaps") == "0", run.all()); // no look waited for the lock
}

BOOST_AUTO_TEST_CASE(an_index_of_the_baseline_that_a_deployment_dropped_is_missed) {
    fs::TempFolder const folder{"monitor-objects-"};
    auto const before = support::run_tool(
        "monitor",
        {"baseline", "--for", "2500ms", "--every", "100ms", "--environment", "test"},
        {{"DATABASE_URL", watched_server().conninfo().uri().reveal()}});
    BOOST_TEST(before.code == 0, before.all());
    auto const file = folder.path() / "baseline.json";
    fs::write_atomic(file, json::write(**before.record));
    auto db = to_watched();
    db.exec("drop index orders_at");
    auto const run = watch_objects({"--for", "500ms", "--baseline", file.string()});
    db.exec("create index orders_at on orders (at)");
    BOOST_TEST(run.at("/data/events/0/object") == "public.orders_at", run.all());
}

BOOST_AUTO_TEST_CASE(a_table_that_grows_is_named_and_the_day_of_its_limit_is_reckoned) {
    watched_server();
    fs::TempFolder const folder{"monitor-objects-"};
    auto const limits = folder.path() / "limits.yaml";
    fs::write_atomic(
        limits,
        "thresholds: {pg.table_growth: {warning: 1000, for: 1}, pg.largest_table: {warning: "
        "900000000000}}");
    auto running = std::async(std::launch::async, [&] {
        return watch_objects({"--for", "6s", "--thresholds", limits.string()});
    });
    // A session that has ended has told its statistics.
    while (running.wait_for(100ms) == std::future_status::timeout) {
        to_watched().exec(
            "insert into log select g, repeat('y', 200) from generate_series(1, 2000) g");
    }
    auto const run = running.get();
    auto db = to_watched();
    db.exec("truncate log");
    db.exec("insert into log select g, repeat('x', 200) from generate_series(1, 5000) g");
    db.exec("analyze log");
    BOOST_TEST(object_metric(run, "pg.table_growth")["greatest"] > 1e5);
    BOOST_TEST(object_check(run, "pg.table_growth").starts_with("warned: "), run.all());
    BOOST_TEST(object_check(run, "pg.table_growth").ends_with("public.log"), run.all());
    BOOST_TEST(run.at("/data/largest_table") == "public.log");
    BOOST_TEST(object_metric(run, "pg.sequential_reads")["count"] >= 1);
    // The estimate follows the rows without an analyze.
    auto const largest = object_metric(run, "pg.largest_table");
    BOOST_TEST(largest["greatest"] > largest["least"]);
    BOOST_TEST(run.at("/data/growth/1/metric") == "pg.largest_table", run.all());
    BOOST_TEST(run.at("/data/growth/1/reached_at").size() == 24U, run.at("/data/growth"));
    BOOST_TEST(object_check(run, "pg.largest_table").find(" on 2") != std::string::npos, run.all());
}

BOOST_AUTO_TEST_CASE(statements_are_told_without_their_texts_and_across_a_reset) {
    watched_server();
    auto running = std::async(std::launch::async, [] {
        return watch_objects({"--for", "6s", "--every", "1s"});
    });
    int rounds = 0;
    while (running.wait_for(50ms) == std::future_status::timeout) {
        auto db = to_watched();
        for (int i = 0; i < 10; ++i) {
            db.exec("select count(*) from log where body like '%z'");
        }
        if (++rounds == 20) {
            db.exec("select pg_stat_statements_reset(), pg_stat_reset()");
        }
    }
    auto const run = running.get();
    auto const mean = object_metric(run, "pg.statement_time");
    BOOST_TEST(mean["least"] >= 0); // void after the reset, never negative
    BOOST_TEST(mean["greatest"] < 60'000);
    BOOST_TEST(run.says("queryid "), run.all());
    BOOST_TEST(!run.says("body like")); // no texts
}

BOOST_AUTO_TEST_CASE(an_invalid_index_and_a_forgotten_prepared_transaction_are_told) {
    auto db = to_watched();
    BOOST_CHECK_THROW(
        db.exec("create unique index concurrently orders_broken on orders (at)"), Error);
    db.exec("begin");
    db.exec("insert into log values (0, 'prepared')");
    db.exec("prepare transaction 'forgotten'");
    auto const run = watch_objects({"--for", "700ms"});
    db.exec("rollback prepared 'forgotten'");
    db.exec("drop index orders_broken");
    BOOST_TEST(
        object_check(run, "pg.invalid_indexes").ends_with("public.orders_broken"), run.all());
    BOOST_TEST(object_check(run, "pg.prepared_transactions").starts_with("warned: 1 "));
    BOOST_TEST(run.at("/data/recommendation/action") == "plan-fix", run.all());
}

BOOST_AUTO_TEST_SUITE_END()
