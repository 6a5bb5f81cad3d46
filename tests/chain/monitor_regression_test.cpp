// SPDX-License-Identifier: Apache-2.0
// monitor beside the sample application and its database under load by pgbench: an unchanged system
// is left alone; what goes wrong at a known moment is found, named, timed and advised upon.
#include "cluster/cluster.hpp"
#include "cluster/installation.hpp"
#include "fs/temp_folder.hpp"
#include "pg/connection.hpp"
#include "proc/command.hpp"
#include "support/kills.hpp"
#include "support/run_tool.hpp"
#include "support/sample_app.hpp"
#include "time/rfc3339.hpp"

#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(monitor_regression)

using namespace slipway;
using namespace std::chrono_literals;
using support::SampleApp;
using support::ToolRun;

namespace {

// The machine may be busy: what is waited for on purpose is long beside what it may add.
constexpr auto usual = "{\"fault\": \"no_rate_limit\", \"latency_ms\": 500, "
                       "\"latency_path\": \"/api/health\"}";
constexpr auto slow = "{\"fault\": \"no_rate_limit\", \"latency_ms\": 1200, "
                      "\"latency_path\": \"/api/health\"}";
constexpr auto failing = "{\"fault\": \"no_rate_limit\", \"latency_ms\": 1200, "
                         "\"latency_path\": \"/api/health\", \"error_rate\": 0.3, "
                         "\"error_path\": \"/api/health/live\"}";

class Site {
public:
    Site() : cluster_(cluster::Cluster::start(settings())), app_(cluster_.conninfo()) {
        auto db = open("test");
        db.exec("create table orders (id int primary key, at int)");
        db.exec("create index orders_at on orders (at)");
        db.exec("create table events (id bigint, body text)");
        db.exec("insert into orders select g, g from generate_series(1, 1000) g");
        db.exec("analyze");
        app_.control(usual);
        // Bounded: two sessions, forty short reads a second.
        load_ = std::async(std::launch::async, [this] {
            proc::Command command;
            command.program = (cluster::find_installation().bin / "pgbench").string();
            auto const script = folder_.path() / "load.sql";
            fs::write_atomic(script, "select count(*) from orders where at < 100;\n");
            command.arguments = {
                "-n",
                "-c",
                "2",
                "-R",
                "40",
                "-T",
                "600",
                "-f",
                script.string(),
                cluster_.conninfo().uri().reveal()};
            command.on_output = [](std::string_view) {
            };
            return proc::run(command, load_stop_.get_token());
        });
    }
    Site(Site const&) = delete;
    Site& operator=(Site const&) = delete;
    Site(Site&&) = delete;
    Site& operator=(Site&&) = delete;
    ~Site() {
        load_stop_.request_stop();
        try {
            load_.get();
        } catch (std::exception const&) { // the stop's error
        }
    }

    [[nodiscard]] pg::Connection open(std::string const& application) const {
        pg::Options options;
        options.application_name = application;
        return pg::Connection::open(cluster_.conninfo(), options);
    }

    [[nodiscard]] ToolRun monitor(std::vector<std::string> more) const {
        std::vector<std::string> args;
        if (more.front() == "baseline") {
            args.push_back("baseline");
            more.erase(more.begin());
        }
        std::vector<std::string> const common{
            "--base-url",
            app_.url(),
            "--endpoint",
            "/api/health",
            "--endpoint",
            "/api/health/live",
            "--requests",
            "1",
            "--every",
            "600ms",
            "--environment",
            "test"};
        args.insert(args.end(), common.begin(), common.end());
        args.insert(args.end(), more.begin(), more.end());
        return support::run_tool(
            "monitor", args, {{"DATABASE_URL", cluster_.conninfo().uri().reveal()}});
    }

    // A busy machine takes fewer samples in the same time: one series goes on until it has enough.
    [[nodiscard]] std::string baseline(int samples) const {
        for (;;) {
            auto const run = monitor(
                {"baseline", "--for", "10s", "--series", (folder_.path() / "before").string()});
            BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
            if (std::stoi(run.at("/data/samples")) >= samples) {
                return keep(run);
            }
        }
    }

    [[nodiscard]] SampleApp const& app() const { return app_; }

    // The path of a file with that text.
    [[nodiscard]] std::string write(std::string const& name, std::string const& text) const {
        fs::write_atomic(folder_.path() / name, text);
        return (folder_.path() / name).string();
    }

    [[nodiscard]] std::string keep(ToolRun const& run) const {
        BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
        return write("baseline.json", json::write(**run.record));
    }

private:
    static cluster::Settings settings() {
        cluster::Settings out;
        out.tcp = true;
        out.cache = fs::Path{SLIPWAY_BUILD_DIR} / "tests" / "cluster-cache";
        return out;
    }

    fs::TempFolder folder_{"monitor-load-"};
    cluster::Cluster cluster_;
    SampleApp app_;
    std::stop_source load_stop_;
    std::future<proc::Outcome> load_;
};

json::Value check_of(ToolRun const& run, std::string const& id) {
    BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
    for (auto const& check : (*run.record)->at("checks")) {
        if (check["id"] == id) {
            return check;
        }
    }
    return {{"status", "absent"}, {"message", ""}};
}

std::string status_of(ToolRun const& run, std::string const& id) {
    return check_of(run, id)["status"].get<std::string>();
}

// When the first change of a metric to a worse state was seen.
time::Instant worse_at(ToolRun const& run, std::string const& metric) {
    for (auto const& change : (*run.record)->at("data")["changes"]) {
        if (change["metric"] == metric && change["to"] != "normal") {
            return *time::from_rfc3339(change["at"].get<std::string>());
        }
    }
    BOOST_FAIL("no change of " << metric << ": " << run.all());
    return {};
}

bool fired(ToolRun const& run, std::string const& row) {
    for (auto const& each : (*run.record)->at("data")["recommendation"]["rows"]) {
        if (each["id"] == row) {
            return true;
        }
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_CASE(an_unchanged_system_is_left_alone_and_every_fault_is_found_named_and_timed) {
    Site const site;
    bool const full = support::full_faults();
    auto const baseline = site.baseline(full ? 100 : 25);

    auto const unchanged = site.monitor(
        {"--baseline",
         baseline,
         "--until-decided",
         "--for",
         "120s",
         "--warm-up",
         "0s",
         "--window",
         "10s"});
    BOOST_TEST(unchanged.code == 0, unchanged.all());
    BOOST_TEST(unchanged.at("/data/comparison/verdict") == "healthy", unchanged.all());
    BOOST_TEST(unchanged.at("/data/state") == "normal");
    BOOST_TEST(unchanged.at("/data/recommendation/action") == "none", unchanged.all());
    BOOST_TEST(std::stoll(unchanged.at("/data/watched_ms")) < 119'000); // ended early

    site.app().control(slow);
    auto const decided = site.monitor(
        {"--baseline", baseline, "--until-decided", "--for", "120s", "--warm-up", "0s"});
    site.app().control(usual);
    BOOST_TEST(decided.code == 1, decided.all());
    // By the comparison or by a limit, whichever is sooner.
    BOOST_TEST(decided.at("/data/state") == "critical", decided.all());
    BOOST_TEST(std::stoll(decided.at("/data/watched_ms")) < 100'000);

    auto const limits = site.write(
        "limits.yaml",
        "thresholds: {pg.table_growth: {warning: 1000000, for: 1}, pg.longest_blocked: {warning: "
        "1, critical: 3}}");
    std::vector<std::string> const watched{
        "--baseline",
        baseline,
        "--for",
        full ? "150s" : "45s",
        "--warm-up",
        "0s",
        "--window",
        "5m",
        "--thresholds",
        limits};
    auto watching = std::async(std::launch::async, [&] { return site.monitor(watched); });
    std::this_thread::sleep_for(full ? 50s : 10s);
    auto const turned = std::chrono::system_clock::now();
    site.app().control(failing);
    {
        auto db = site.open("migration"); // a session that has ended has told its statistics
        db.exec("drop index orders_at");
        db.exec("insert into events select g, repeat('x', 500) from generate_series(1, 60000) g");
    }
    std::future<void> writer; // ends when the holder is gone, whatever happens between
    auto holder = site.open("nightly-job");
    holder.exec("begin");
    holder.exec("lock table orders in share mode");
    writer = std::async(std::launch::async, [&] {
        auto connection = site.open("shop");
        connection.exec("update orders set at = 0 where id = 1");
    });
    auto const run = watching.get();
    holder.exec("rollback");
    writer.get();
    site.app().control(usual);

    BOOST_TEST(run.code == 1, run.all());
    auto const recently = [&](time::Instant at) {
        return at >= turned - 1s;
    };
    auto const latency = check_of(run, "baseline.http.latency.api/health");
    // A baseline that follows itself by chance makes a metric's own odds rise slowly.
    BOOST_TEST(run.at("/data/comparison/verdict") == "regressed", run.all());
    BOOST_TEST(
        latency["message"].get<std::string>().find(" samples above ") != std::string::npos,
        latency["message"]);
    for (auto const& line : (*run.record)->at("data")["comparison"]["metrics"]) {
        if (line["verdict"] == "regressed" && line["name"] == "http.latency") {
            // Onsets are reckoned with at 24 places of the watch: it is the nearest one.
            auto const onset = *time::from_rfc3339(line["onset"]["at"].get<std::string>());
            BOOST_TEST((onset > turned - 15s && onset < turned + 15s), line);
        }
    }
    BOOST_TEST(recently(worse_at(run, "http.latency_ratio")));
    BOOST_TEST(recently(worse_at(run, "http.error_rate")));
    BOOST_TEST(recently(worse_at(run, "pg.blocked")));
    BOOST_TEST(recently(worse_at(run, "pg.table_growth")));
    BOOST_TEST(status_of(run, "pg.longest_blocked") == "failed", run.all());
    BOOST_TEST(run.at("/data/blocked/0/relation") == "public.orders");
    BOOST_TEST(run.at("/data/blocked/0/application") == "shop");
    BOOST_TEST(run.at("/data/blocked/0/by/0/application") == "nightly-job");
    BOOST_TEST(run.at("/data/events/0/object") == "public.orders_at", run.all());
    BOOST_TEST(run.at("/data/events/0/on") == "public.orders");
    BOOST_TEST(recently(*time::from_rfc3339(run.at("/data/events/0/at"))));
    BOOST_TEST(run.says("public.events"));
    BOOST_TEST(status_of(run, "pg.indexes") == "warned");
    for (auto const* const row :
         {"latency-doubled", "metric-regressed", "metric-critical", "index-vanished"}) {
        BOOST_TEST(fired(run, row), row << run.all());
    }
    auto const action = run.at("/data/recommendation/action");
    BOOST_TEST((action == "app" || action == "full"), action); // full: more than 10 % fail
}

BOOST_AUTO_TEST_CASE(a_watch_until_decided_needs_a_baseline) {
    auto const run = support::run_tool(
        "monitor", {"--url", "http://127.0.0.1:1/", "--until-decided", "--for", "1s"}, {});
    BOOST_TEST(run.code == 2, run.all());
    BOOST_TEST(run.says("--baseline"));
}

BOOST_AUTO_TEST_SUITE_END()
