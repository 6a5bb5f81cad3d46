// SPDX-License-Identifier: Apache-2.0
// kill -9 of monitor at any instant: the series stays readable, and the next run goes on with it.
#include "cluster/cluster.hpp"
#include "fs/temp_folder.hpp"
#include "json/value.hpp"
#include "pg/connection.hpp"
#include "support/http_listener.hpp"
#include "support/kills.hpp"
#include "support/run_tool.hpp"

#include <csignal>
#include <future>
#include <random>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(monitor_kill)

using namespace slipway;

BOOST_AUTO_TEST_CASE(a_killed_watch_leaves_a_series_that_the_next_run_continues) {
    support::HttpListener const listener{[](support::Peer& peer) {
        while (!peer.read_request().empty() && peer.answer(200, "{}")) {
        }
    }};
    fs::TempFolder const folder{"monitor-kill-"};
    auto const series = (folder.path() / "s.ndjson").string();
    bool const full = support::full_faults();
    int const kills = full ? 50 : 10;
    std::mt19937 random{20260301};
    std::uniform_int_distribution<std::int64_t> instant{0, 400'000};
    std::vector<std::string> const watch{
        "--url",
        "health=" + listener.url(),
        "--every",
        "10ms",
        "--requests",
        "3",
        "--series",
        series};
    int killed = 0;
    std::int64_t before = 0;
    for (int each = 0; each < kills; ++each) {
        auto args = watch;
        args.insert(args.end(), {"--for", "1h"});
        auto const run = support::start_and_kill(
            "monitor", args, {}, std::chrono::microseconds{instant(random)}, SIGKILL);
        killed += run.signal == SIGKILL ? 1 : 0;
        BOOST_TEST((!run.record || run.at("/status") == "running"), run.all());
        if (!std::filesystem::exists(series)) {
            continue;
        }
        auto const judged = support::run_tool("monitor", {"--report-only", "--series", series}, {});
        BOOST_REQUIRE_MESSAGE(judged.code == 0, judged.all());
        auto const samples = std::stoll(judged.at("/data/samples"));
        BOOST_TEST(samples >= before); // no sample that was told is lost
        before = samples;
    }
    BOOST_TEST(killed == kills);
    BOOST_TEST(before > 0);
    // What a kill in the middle of a write leaves.
    fs::append(series, R"({"kind":"sample","at":"2026-01-)");
    auto args = watch;
    args.insert(args.end(), {"--for", "300ms"});
    auto const last = support::run_tool("monitor", args, {});
    BOOST_TEST(last.code == 0, last.all());
    BOOST_TEST(last.at("/data/series/cut_bytes") == "31");
    BOOST_TEST(std::stoll(last.at("/data/series/samples_before")) == before);
    BOOST_TEST(last.says("ended in an unfinished line of 31 bytes"), last.err);
}

BOOST_AUTO_TEST_CASE(a_server_process_that_hangs_costs_samples_and_is_replaced) {
    cluster::Settings settings;
    settings.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
    auto const server = cluster::Cluster::start(settings);
    auto watching = std::async(std::launch::async, [&] {
        return support::run_tool(
            "monitor",
            {"--for", "14s", "--every", "200ms", "--each", "500ms"},
            {{"DATABASE_URL", server.conninfo().uri().reveal()}});
    });
    auto db = pg::Connection::open(server.conninfo());
    std::optional<int> pid;
    for (int tries = 0; tries < 200 && !pid; ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        pid = db.exec("select pid from pg_stat_activity where application_name like "
                      "'slipway/monitor/%' and state = 'idle' limit 1")
                  .optional_value<std::int32_t>();
    }
    BOOST_REQUIRE(pid.has_value());
    std::this_thread::sleep_for(std::chrono::seconds{1});
    ::kill(*pid, SIGSTOP);
    auto const run = watching.get();
    ::kill(*pid, SIGCONT);
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.duration.count() < 25'000);
    BOOST_TEST(std::stoi(run.at("/data/sources/0/gaps")) >= 1);
    BOOST_TEST(std::stoi(run.at("/data/sources/0/samples")) > 10, run.all());
    BOOST_TEST(run.at("/data/state") != "critical", run.all());
}

BOOST_AUTO_TEST_SUITE_END()
