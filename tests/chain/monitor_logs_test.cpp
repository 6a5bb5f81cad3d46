// SPDX-License-Identifier: Apache-2.0
// monitor beside the real sample application under load: at a known moment 12 % of its requests
// fail and a column is gone, which its log tells by an exception that it never had before.
#include "fs/temp_folder.hpp"
#include "http/client.hpp"
#include "json/value.hpp"
#include "support/database.hpp"
#include "support/run_tool.hpp"
#include "support/sample_app.hpp"
#include "support/series_wait.hpp"
#include "time/rfc3339.hpp"

#include <atomic>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(monitor_logs_chain)

using namespace slipway;
using support::SampleApp;

namespace {

// Users that ask for pages without a pause, until the end.
class Load {
public:
    explicit Load(std::string url) : url_(std::move(url)) {
        for (auto& each : users_) {
            each = std::thread{[this] {
                ask();
            }};
        }
    }
    ~Load() {
        ending_ = true;
        for (auto& each : users_) {
            each.join();
        }
    }
    Load(Load const&) = delete;
    Load& operator=(Load const&) = delete;
    Load(Load&&) = delete;
    Load& operator=(Load&&) = delete;

private:
    void ask() {
        http::Client client{{}};
        while (!ending_) {
            http::Request request;
            request.url = url_;
            static_cast<void>(
                client.fetch(request, time::Deadline::after(std::chrono::seconds{5})));
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
    }
    std::string url_;
    std::atomic<bool> ending_{false};
    std::array<std::thread, 2> users_;
};

void control(SampleApp const& app, std::string const& settings) {
    http::Client client{{}};
    http::Request request;
    request.method = "PUT";
    request.url = app.url() + "/__control";
    request.headers.add("content-type", "application/json");
    request.body = settings;
    auto outcome = client.fetch(request, time::Deadline::after(std::chrono::seconds{5}));
    BOOST_REQUIRE(http::response_of(outcome).status == 200);
}

std::string status_of(support::ToolRun const& run, std::string_view id) {
    BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
    for (auto const& check : (*run.record)->at("checks")) {
        if (check["id"] == id) {
            return check["status"].get<std::string>();
        }
    }
    return "absent";
}

// The group of events whose text holds the word.
json::Value named(support::ToolRun const& run, std::string_view word) {
    for (auto const& group : (*run.record)->at("data")["logs"][0]["groups"]) {
        if (group["text"].get<std::string>().find(word) != std::string::npos) {
            return group;
        }
    }
    BOOST_FAIL("no event tells of " << word << ": " << run.all());
    return {};
}

// When a metric first left the normal state.
std::optional<time::Instant> onset(support::ToolRun const& run, std::string_view metric) {
    for (auto const& change : (*run.record)->at("data")["changes"]) {
        if (change["metric"] == metric && change["to"] != "normal") {
            return time::from_rfc3339(change["at"].get<std::string>());
        }
    }
    return std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_CASE(errors_and_a_new_exception_are_found_named_and_timed_under_load) {
    fs::TempFolder const folder{"monitor-logs-chain-"};
    auto const log = folder.path() / "shop.log";
    support::Database const database{support::migrated_sample_database()};
    SampleApp const app{database.conninfo(), {{"LOG_FILE", log.string()}}};
    control(app, R"({"fault": "no_rate_limit"})");
    Load const load{app.url() + "/api/health"};
    auto const series = folder.path() / "s.ndjson";
    auto const watch = [&](std::vector<std::string> more) {
        std::vector<std::string> args{
            "--log",
            "shop=" + log.string(),
            "--base-url",
            app.url(),
            "--endpoint",
            "/api/health",
            "--every",
            "200ms",
            "--requests",
            "20",
            "--window",
            "3s"};
        if (more.front() == "baseline") {
            args.insert(args.begin(), "baseline");
            more.erase(more.begin());
        }
        args.insert(args.end(), more.begin(), more.end());
        return support::run_tool("monitor", args, {});
    };
    auto const before = watch({"baseline", "--for", "3s"});
    BOOST_TEST(before.code == 0, before.all());
    BOOST_TEST(std::stoll(before.at("/data/logs/0/lines")) > 50, before.all());
    auto const baseline = folder.path() / "baseline.json";
    fs::write_atomic(baseline, json::write(**before.record, true));

    // Unchanged, it is left alone.
    auto const well = watch({"--baseline", baseline.string(), "--for", "3s"});
    BOOST_TEST(status_of(well, "log.shop.new") == "passed", well.all());
    BOOST_TEST(status_of(well, "http.error_rate.api/health") == "passed", well.all());

    auto watching = std::async(std::launch::async, [&] {
        return watch(
            {"--baseline", baseline.string(), "--series", series.string(), "--for", "12s"});
    });
    BOOST_TEST(support::await_samples(series, 5));
    auto const moment = std::chrono::floor<time::Milliseconds>(std::chrono::system_clock::now());
    control(app, R"({"fault": "no_rate_limit", "error_rate": 0.12, "error_path": "/api/health"})");
    database.run("alter table users rename \"lockedUntil\" to locked_until");
    http::Client client{{}};
    http::Request request;
    request.method = "POST";
    request.url = app.url() + "/api/auth/login";
    request.headers.add("content-type", "application/json");
    request.body = R"({"email": "ann@example.com", "password": "correct-horse-battery"})";
    static_cast<void>(client.fetch(request, time::Deadline::after(std::chrono::seconds{5})));
    auto const run = watching.get();

    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(status_of(run, "http.error_rate.api/health") == "failed", run.all());
    BOOST_TEST(status_of(run, "log.shop.new") == "warned", run.all());
    BOOST_TEST(run.at("/data/logs/0/groups/0/new") == "true");
    BOOST_TEST(
        run.at("/data/logs/0/groups/0/text").find("chosen to fail") != std::string::npos,
        run.all());
    auto const exception = named(run, "lockedUntil");
    BOOST_TEST(exception["class"] == "database");
    BOOST_TEST(exception["new"] == true);
    BOOST_TEST(exception["count"] == 1);
    for (auto const* metric : {"http.error_rate", "log.new_events"}) {
        auto const at = onset(run, metric);
        BOOST_REQUIRE_MESSAGE(at.has_value(), metric);
        BOOST_TEST((*at - moment).count() > -1000, metric);
        BOOST_TEST((*at - moment).count() < 10'000, metric); // within the watch, near its begin
    }
    BOOST_TEST(run.at("/data/recommendation/action") != "none", run.all());
}

BOOST_AUTO_TEST_SUITE_END()
