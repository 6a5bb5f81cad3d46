// SPDX-License-Identifier: Apache-2.0
// monitor against endpoints that behave as they are told.
#include "fs/temp_folder.hpp"
#include "json/value.hpp"
#include "support/http_listener.hpp"
#include "support/run_tool.hpp"
#include "support/sample_app.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(monitor_http)

using namespace slipway;
using support::ToolRun;

namespace {

// A service whose next answers a test decides; counts what it was asked.
class Service {
public:
    std::atomic<int> status{200};
    std::atomic<int> every_nth{1}; // only each so-manieth answer has that status
    std::atomic<int> delay_ms{0};
    std::atomic<int> asked{0};
    std::atomic<int> break_after{1 << 30};

    [[nodiscard]] std::string url(std::string const& path = "/health") const {
        return listener_.url(path);
    }

private:
    void serve(support::Peer& peer) {
        while (!peer.read_request().empty()) {
            int const number = ++asked;
            std::this_thread::sleep_for(std::chrono::milliseconds{delay_ms});
            bool const broken = number > break_after && number % every_nth == 0;
            int const code = broken ? 500 : number % every_nth == 0 ? status.load() : 200;
            if (!peer.answer(code, "{}", "x-ratelimit-remaining: 41\r\n")) {
                return;
            }
        }
    }
    support::HttpListener listener_{[this](support::Peer& peer) {
        serve(peer);
    }};
};

ToolRun monitor(std::vector<std::string> args, support::Environment const& env = {}) {
    return support::run_tool("monitor", std::move(args), env);
}

// Nine tenths of a second, unless the test says another time.
std::vector<std::string> watching(Service const& service, std::vector<std::string> more = {}) {
    std::vector<std::string> out{"--url", "health=" + service.url(), "--every", "100ms"};
    if (std::find(more.begin(), more.end(), "--for") == more.end()) {
        out.insert(out.end(), {"--for", "900ms"});
    }
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

std::string status_of(ToolRun const& run, std::string_view id) {
    BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
    for (auto const& check : (*run.record)->at("checks")) {
        if (check["id"] == id) {
            return check["status"].get<std::string>();
        }
    }
    return "absent";
}

json::Value metric(ToolRun const& run, std::string_view name) {
    for (auto const& each : (*run.record)->at("data")["metrics"]) {
        if (each["name"] == name) {
            return each;
        }
    }
    return {};
}

struct Folder {
    fs::TempFolder folder{"monitor-"};

    // The record of a run, for a run that comes later.
    [[nodiscard]] std::string keep(ToolRun const& run, std::string_view name) const {
        BOOST_REQUIRE_MESSAGE(run.record.has_value(), run.all());
        fs::write_atomic(at(name), json::write(**run.record, true));
        return at(name);
    }
    [[nodiscard]] std::string at(std::string_view name) const {
        return (folder.path() / name).string();
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_well_passes_with_its_figures) {
    Service const service;
    auto const run = monitor(watching(service));
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "passed");
    BOOST_TEST(status_of(run, "http.error_rate.health") == "passed");
    BOOST_TEST(status_of(run, "http.latency_p95.health") == "passed");
    BOOST_TEST(status_of(run, "http.latency_ratio.health") == "absent"); // no baseline
    BOOST_TEST(run.at("/data/recommendation/action") == "none");
    BOOST_TEST(run.at("/data/recommendation/decided") == "true");
    BOOST_TEST(run.at("/data/state") == "normal");
    BOOST_TEST(std::stoi(run.at("/data/samples")) >= 5);
    BOOST_TEST(
        std::stoi(run.at("/data/endpoints/0/requests")) == 5 * std::stoi(run.at("/data/samples")));
    BOOST_TEST(metric(run, "http.rate_limit_remaining")["last"] == 41);
    BOOST_TEST(metric(run, "http.latency")["p50"] > 0);
    BOOST_TEST(run.at("/artifacts/0/kind") == "series");
    BOOST_TEST(run.at("/artifacts/0/sha256").size() == 64);
    BOOST_TEST(run.out.find("advice: none") != std::string::npos, run.out);
}

BOOST_AUTO_TEST_CASE(many_errors_fail_and_advise_to_undo_everything) {
    Service service;
    service.status = 503;
    service.every_nth = 4;
    auto const run = monitor(watching(service));
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(status_of(run, "http.error_rate.health") == "failed");
    BOOST_TEST(run.at("/data/recommendation/action") == "full");
    BOOST_TEST(run.at("/data/recommendation/rows/0/id") == "errors-over-10");
    BOOST_TEST(run.says("http.error_rate/health is critical"), run.err);
    BOOST_TEST(run.at("/data/endpoints/0/last_fault") == "answers 503");
    BOOST_TEST(std::stoi(run.at("/data/endpoints/0/statuses/5xx")) > 5);
}

BOOST_AUTO_TEST_CASE(some_errors_warn_and_advise_to_plan_a_fix) {
    Service service;
    service.status = 500;
    service.every_nth = 33; // 3 %
    auto const run = monitor(
        {"--url", "health=" + service.url(), "--for", "1s", "--every", "50ms", "--requests", "20"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "warned");
    BOOST_TEST(status_of(run, "http.error_rate.health") == "warned");
    BOOST_TEST(run.at("/data/recommendation/action") == "plan-fix");
}

BOOST_AUTO_TEST_CASE(few_requests_are_undecided_by_policy) {
    Service const service;
    std::vector<std::string> const args{
        "--url", service.url(), "--for", "100ms", "--every", "100ms", "--requests", "2"};
    auto strict = args;
    strict.insert(strict.end(), {"--on-undecided", "fail"});
    auto const run = monitor(strict);
    BOOST_TEST(run.code == 7, run.all());
    BOOST_TEST(run.at("/status") == "undecided");
    BOOST_TEST(status_of(run, "http.error_rate.health") == "undecided");
    auto const lenient = monitor(args);
    BOOST_TEST(lenient.code == 0, lenient.all());
    BOOST_TEST(lenient.at("/status") == "warned");
    auto const production = monitor(args, {{"SLIPWAY_ENVIRONMENT", "production"}});
    BOOST_TEST(production.code == 7, production.all());
}

BOOST_AUTO_TEST_CASE(nobody_there_is_an_outage) {
    auto const run = monitor(
        {"--url",
         fmt::format("http://127.0.0.1:{}/", support::free_port()),
         "--for",
         "600ms",
         "--every",
         "100ms"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/data/recommendation/action") == "full");
    BOOST_TEST(run.at("/data/recommendation/rows/0/id") == "outage");
    BOOST_TEST(run.at("/data/endpoints/0/last_fault").find("cannot connect") != std::string::npos);
    BOOST_TEST(run.at("/data/endpoints/0/statuses/none") == run.at("/data/endpoints/0/requests"));
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_hangs_costs_its_sample_and_not_the_run) {
    Service hanging;
    hanging.delay_ms = 2000;
    Service const well;
    auto const run = monitor(
        {"--url",
         "slow=" + hanging.url(),
         "--url",
         "well=" + well.url(),
         "--for",
         "1500ms",
         "--every",
         "100ms",
         "--each",
         "300ms"});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.duration.count() < 6000);
    BOOST_TEST(run.at("/data/endpoints/0/name") == "slow");
    BOOST_TEST(status_of(run, "http.up.slow") == "failed");
    BOOST_TEST(status_of(run, "http.up.well") == "passed");
    BOOST_TEST(run.at("/data/endpoints/0/errors") == run.at("/data/endpoints/0/requests"));
    BOOST_TEST(run.at("/data/endpoints/1/errors") == "0");
}

BOOST_AUTO_TEST_CASE(a_slowdown_is_a_ratio_to_the_baseline_and_advises_the_application) {
    Service service;
    service.delay_ms = 10;
    Folder const place;
    auto const before = monitor(
        {"baseline", "--url", "health=" + service.url(), "--for", "800ms", "--every", "50ms"});
    BOOST_TEST(before.code == 0, before.all());
    BOOST_TEST(before.at("/data/recommendation") == "null");
    auto const baseline = place.keep(before, "baseline.json");
    service.delay_ms = 60;
    auto const run =
        monitor(watching(service, {"--baseline", baseline, "--for", "2500ms", "--requests", "10"}));
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(status_of(run, "http.latency_ratio.health") == "failed");
    BOOST_TEST(run.at("/data/recommendation/action") == "app");
    BOOST_TEST(run.says("a ratio of p95s"), run.all());
    BOOST_TEST(run.at("/inputs/0/tool") == "monitor");
    auto const input =
        monitor(watching(service, {"--input", baseline, "--for", "2500ms", "--requests", "10"}));
    BOOST_TEST(status_of(input, "http.latency_ratio.health") == "failed", input.all());
}

BOOST_AUTO_TEST_CASE(a_thin_or_foreign_baseline_decides_nothing) {
    Service const service;
    Folder const place;
    auto const thin = monitor(
        {"baseline",
         "--url",
         "health=" + service.url(),
         "--for",
         "50ms",
         "--requests",
         "2",
         "--on-undecided",
         "fail"});
    BOOST_TEST(thin.code == 7, thin.all());
    auto const baseline = place.keep(thin, "thin.json");
    auto const run = monitor(watching(service, {"--baseline", baseline, "--on-undecided", "fail"}));
    BOOST_TEST(run.code == 7, run.all());
    BOOST_TEST(status_of(run, "http.latency_ratio.health") == "undecided");
    auto const other =
        monitor(watching(service, {"--baseline", baseline, "--environment", "staging"}));
    BOOST_TEST(other.code == 4, other.all());
    fs::write_atomic(place.at("no.json"), "{}");
    auto const none = monitor(watching(service, {"--baseline", place.at("no.json")}));
    BOOST_TEST(none.code == 2, none.all());
}

BOOST_AUTO_TEST_CASE(thresholds_of_a_file_take_the_place_of_the_usual_ones) {
    Service service;
    service.delay_ms = 20;
    Folder const place;
    fs::write_atomic(
        place.at("t.yaml"),
        "thresholds:\n  http.latency_p95/health: {warning: 1, critical: 5, source: a test}\n");
    auto const run = monitor(watching(service, {"--thresholds", place.at("t.yaml")}));
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(status_of(run, "http.latency_p95.health") == "failed");
    BOOST_TEST(run.says("above 5; a test"), run.all());
    fs::write_atomic(place.at("bad.yaml"), "thresholds:\n  http.latncy_p95: {warning: 1}\n");
    auto const bad = monitor(watching(service, {"--thresholds", place.at("bad.yaml")}));
    BOOST_TEST(bad.code == 2, bad.all());
    BOOST_TEST(bad.says("bad.yaml:2"), bad.err);
}

BOOST_AUTO_TEST_CASE(a_series_goes_on_from_run_to_run_and_can_be_judged_alone) {
    Service service;
    Folder const place;
    auto const first = monitor(watching(service, {"--series", place.at("s.ndjson")}));
    BOOST_TEST(first.code == 0, first.all());
    service.status = 500;
    service.every_nth = 2;
    auto const second = monitor(watching(service, {"--series", place.at("s.ndjson")}));
    BOOST_TEST(second.code == 1, second.all());
    BOOST_TEST(second.at("/data/series/samples_before") == first.at("/data/samples"));
    auto const asked = service.asked.load();
    auto const judged = monitor({"--report-only", "--series", place.at("s.ndjson")});
    BOOST_TEST(judged.code == 1, judged.all());
    BOOST_TEST(service.asked == asked);
    BOOST_TEST(judged.at("/data/samples") == second.at("/data/samples"));
    BOOST_TEST(judged.at("/data/metrics") == second.at("/data/metrics"));
    BOOST_TEST(judged.at("/checks") == second.at("/checks"));
    BOOST_TEST(judged.at("/data/recommendation") == second.at("/data/recommendation"));
    auto const other =
        monitor(watching(service, {"--series", place.at("s.ndjson"), "--environment", "staging"}));
    BOOST_TEST(other.code == 4, other.all());
}

BOOST_AUTO_TEST_CASE(a_change_of_state_runs_the_command_with_a_snapshot_that_is_no_evidence) {
    Service service;
    service.every_nth = 2;
    service.break_after = 40;
    Folder const place;
    auto const args = watching(
        service,
        {"--for",
         "1500ms",
         "--on-change",
         "cat \"$SLIPWAY_CHANGE_RECORD\" > " + place.at("seen.json") +
             "; echo \"$SLIPWAY_CHANGE_FROM $SLIPWAY_CHANGE_TO [$SLIPWAY_MONITOR_REQUESTS]\" >> " +
             place.at("log")});
    auto const run = monitor(args, {{"SLIPWAY_MONITOR_REQUESTS", "4"}});
    BOOST_TEST(run.code == 1, run.all());
    auto const log = fs::read_file(place.at("log"));
    BOOST_TEST(log.starts_with("normal "), run.all());
    BOOST_TEST(log.find("critical []\n") != std::string::npos, log); // our variables are ours
    auto const seen = json::parse(fs::read_file(place.at("seen.json")), "seen");
    BOOST_TEST(seen["status"] == "running");
    BOOST_TEST(seen["summary"].get<std::string>().starts_with("critical: "), seen["summary"]);
    BOOST_TEST(seen["data"]["state"] == "critical");
}

BOOST_AUTO_TEST_CASE(a_command_that_fails_is_told_and_changes_nothing) {
    Service service;
    service.status = 500;
    auto const run = monitor(watching(service, {"--on-change", "echo no >&2; exit 3"}));
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.says("the command of --on-change failed: exit code 3: no"), run.err);
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_watch_as_aborted_with_what_is_known) {
    Service const service;
    for (int const signal : {SIGTERM, SIGINT}) {
        auto const run = support::start_and_kill(
            "monitor",
            {"--url", "health=" + service.url(), "--for", "1h", "--every", "100ms"},
            {},
            std::chrono::milliseconds{1500},
            signal);
        BOOST_TEST(run.code == (signal == SIGTERM ? 143 : 130), run.all());
        BOOST_TEST(run.at("/status") == "aborted");
        BOOST_TEST(std::stoi(run.at("/data/samples")) > 3);
        BOOST_TEST(run.at("/artifacts/0/kind") == "series");
        BOOST_TEST(run.duration.count() < 6500);
    }
}

BOOST_AUTO_TEST_CASE(nothing_to_watch_and_senseless_options_are_usage_errors) {
    BOOST_TEST(monitor({}).code == 2);
    BOOST_TEST(monitor({"--report-only"}).code == 2);
    BOOST_TEST(monitor({"--report-only", "--series", "/nowhere/s.ndjson"}).code == 2);
    BOOST_TEST(monitor({"baseline", "--on-change", "true"}).code == 2);
    for (auto const* option : {"--for", "--every", "--each", "--window"}) {
        BOOST_TEST(monitor({"--url", "http://127.0.0.1:9/", option, "0s"}).code == 2, option);
    }
    BOOST_TEST(monitor({"--url", "http://127.0.0.1:9/", "--requests", "101"}).code == 2);
}

BOOST_AUTO_TEST_CASE(the_credentials_of_an_endpoint_are_nowhere) {
    Service const service;
    auto url = service.url("/health?token=verysecretword");
    url.replace(url.find("//"), 2, "//app:anothersecret@");
    Folder const place;
    auto const run = monitor(
        {"--url",
         "health=" + url,
         "--for",
         "300ms",
         "--every",
         "100ms",
         "--series",
         place.at("s.ndjson")});
    BOOST_TEST(run.code == 0, run.all());
    auto const series = fs::read_file(place.at("s.ndjson"));
    for (auto const* word : {"verysecretword", "anothersecret"}) {
        BOOST_TEST(!run.says(word), run.all());
        BOOST_TEST(series.find(word) == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
