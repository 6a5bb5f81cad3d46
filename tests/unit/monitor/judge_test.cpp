// SPDX-License-Identifier: Apache-2.0
#include "../../tools/monitor/findings.hpp"

#include <cmath>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(monitor_judge)

using namespace slipway;
using monitor::Answer;
using monitor::Baseline;
using monitor::Judge;
using monitor::Profile;
using monitor::Purpose;
using monitor::Sample;
using verdict::State;

namespace {

constexpr std::chrono::seconds every{30};

// A watch of one endpoint and a database that a test tells what is seen.
class Scene {
public:
    explicit Scene(std::optional<Baseline> baseline = {}, bool database = true)
        : judge(Profile{}, std::move(baseline), std::chrono::minutes{5}) {
        monitor::Start start;
        start.endpoints = {{"health", "http://h/", "http://h/"}};
        start.database = database ? "postgresql://db/shop" : "";
        judge.begin(start);
    }

    std::vector<monitor::Change> add(std::vector<Answer> answers) {
        Sample sample;
        sample.at = now_ += every;
        sample.values = values;
        sample.answers = std::move(answers);
        return judge.add(sample);
    }

    std::vector<monitor::Change> add_gap() {
        Sample sample;
        sample.at = now_ += every;
        sample.gaps["postgres"] = "too slow";
        return judge.add(sample);
    }

    [[nodiscard]] std::string status(std::string const& id) const {
        for (auto const& check : monitor::checks_of(judge, Purpose::watch)) {
            if (check.id == id) {
                return std::string{record::name(check.status)};
            }
        }
        return "absent";
    }

    [[nodiscard]] std::string advice() const {
        return std::string{name(verdict::decide(monitor::evidence_of(judge)).action)};
    }

    Judge judge;
    std::map<std::string, double> values{{"pg.up", 1}, {"pg.privileged", 1}};

private:
    time::Instant now_{};
};

std::vector<Answer> answers(int right, int wrong = 0, double ms = 10, int status = 500) {
    std::vector<Answer> out;
    for (int i = 0; i < right; ++i) {
        out.push_back({"health", 200, ms, true, {}, ""});
    }
    for (int i = 0; i < wrong; ++i) {
        out.push_back({"health", status, ms, false, {}, status == 0 ? "refused" : ""});
    }
    return out;
}

Baseline usual(std::int64_t count, double p95) {
    Baseline out;
    out.set({"http.latency", "health"}, {count, p95 / 2, p95});
    out.set({"pg.connections", ""}, {count, 10, 12});
    return out;
}

double last(Scene const& scene, std::string const& metric, std::string const& label = "") {
    auto const* const track = scene.judge.track({metric, label});
    return track == nullptr ? std::nan("") : track->last;
}

} // namespace

BOOST_AUTO_TEST_CASE(shares_and_quantiles_wait_for_twenty_requests) {
    Scene scene;
    for (int i = 0; i < 3; ++i) {
        scene.add(answers(4, 1));
    }
    BOOST_TEST(scene.status("http.error_rate.health") == "undecided");
    scene.add(answers(4, 1));
    BOOST_TEST(last(scene, "http.error_rate", "health") == 20);
    BOOST_TEST(scene.status("http.latency_p95.health") == "undecided"); // 16 right ones
    scene.add(answers(4, 1));
    BOOST_TEST(last(scene, "http.latency_p95", "health") == 10);
}

BOOST_AUTO_TEST_CASE(errors_become_critical_after_two_samples_and_are_told_once) {
    Scene scene;
    BOOST_TEST(scene.add(answers(20)).empty());
    BOOST_TEST(scene.add(answers(10, 10)).empty());
    auto const changes = scene.add(answers(10, 10));
    BOOST_REQUIRE(changes.size() == 1);
    BOOST_TEST(changes[0].key.text() == "http.error_rate/health");
    BOOST_TEST((changes[0].to == State::critical));
    BOOST_TEST(
        monitor::words(changes[0], scene.judge) ==
        "http.error_rate/health is critical: 33.33 % (above 5)");
    BOOST_TEST(scene.add(answers(10, 10)).empty());
    BOOST_TEST((scene.judge.state() == State::critical));
    BOOST_TEST(scene.status("http.error_rate.health") == "failed");
    BOOST_TEST(scene.advice() == "full");
}

BOOST_AUTO_TEST_CASE(what_has_passed_leaves_a_warning_and_the_window_forgets) {
    Scene scene;
    for (int i = 0; i < 3; ++i) {
        scene.add(answers(12, 8));
    }
    for (int i = 0; i < 13; ++i) {
        scene.add(answers(20));
    }
    BOOST_TEST((scene.judge.state() == State::normal));
    BOOST_TEST(last(scene, "http.error_rate", "health") == 0);
    BOOST_TEST(scene.status("http.error_rate.health") == "warned");
    BOOST_TEST(scene.judge.changes().size() == 3); // critical, warning, normal
    BOOST_TEST(scene.judge.requests().at("health").errors == 24);
}

BOOST_AUTO_TEST_CASE(requests_that_the_limit_refused_are_no_errors_and_have_a_metric) {
    Scene scene;
    scene.add(answers(20, 5, 10, 429));
    scene.add(answers(20, 5, 10, 429));
    BOOST_TEST(last(scene, "http.error_rate", "health") == 0);
    BOOST_TEST(last(scene, "http.rate_limited", "health") == 20);
    BOOST_TEST(scene.status("http.rate_limited.health") == "warned");
    BOOST_TEST(scene.judge.requests().at("health").limited == 10);
}

BOOST_AUTO_TEST_CASE(the_ratio_to_the_baseline_is_critical_above_two) {
    Scene scene{usual(100, 10)};
    scene.add(answers(20, 0, 19));
    scene.add(answers(20, 0, 19));
    BOOST_TEST(scene.status("http.latency_ratio.health") == "warned");
    BOOST_TEST(scene.advice() == "watch");
    for (int i = 0; i < 12; ++i) {
        scene.add(answers(20, 0, 21));
    }
    BOOST_TEST(last(scene, "http.latency_ratio", "health") == 2.1);
    BOOST_TEST(scene.status("http.latency_ratio.health") == "failed");
    BOOST_TEST(scene.advice() == "app");
}

BOOST_AUTO_TEST_CASE(a_baseline_of_few_requests_decides_nothing) {
    Scene scene{usual(19, 10)};
    scene.add(answers(20, 0, 100));
    scene.add(answers(20, 0, 100));
    BOOST_TEST(scene.status("http.latency_ratio.health") == "undecided");
    BOOST_TEST(scene.status("http.latency_p95.health") == "passed");
    Scene without;
    BOOST_TEST(without.status("http.latency_ratio.health") == "absent");
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_hangs_is_down_though_its_requests_are_few) {
    Scene scene;
    scene.add(answers(0, 1, 0, 0));
    BOOST_TEST(scene.status("http.up.health") == "passed");
    scene.add(answers(0, 1, 0, 0));
    BOOST_TEST(scene.status("http.up.health") == "failed");
    Scene limited;
    limited.add(answers(0, 5, 10, 429)); // says nothing about the service
    BOOST_TEST(limited.status("http.up.health") == "undecided");
}

BOOST_AUTO_TEST_CASE(no_answer_at_all_in_two_samples_is_an_outage) {
    Scene scene;
    scene.add(answers(20));
    scene.add(answers(0, 5, 0, 0));
    BOOST_TEST(!scene.judge.silent());
    scene.add(answers(0, 5, 0, 0));
    BOOST_TEST(scene.judge.silent());
    BOOST_TEST(scene.advice() == "full");
    scene.add(answers(1, 4, 0, 0));
    BOOST_TEST(!scene.judge.silent());
}

BOOST_AUTO_TEST_CASE(a_database_that_takes_no_connections_is_an_outage_after_two_samples) {
    Scene scene;
    scene.add({});
    scene.values = {{"pg.up", 0}};
    scene.add({});
    BOOST_TEST((scene.judge.state() == State::normal));
    scene.add({});
    BOOST_TEST(scene.status("pg.up") == "failed");
    BOOST_TEST(scene.advice() == "full");
}

BOOST_AUTO_TEST_CASE(a_blind_role_is_said_first_and_decides_nothing) {
    Scene scene{{}, true};
    scene.values = {
        {"pg.up", 1}, {"pg.privileged", 0}, {"pg.connections", 3}, {"pg.connections_used", 3}};
    scene.add({});
    scene.add({});
    auto const checks = monitor::checks_of(scene.judge, Purpose::watch);
    BOOST_REQUIRE(!checks.empty());
    BOOST_TEST(checks.front().id == "pg.privileges");
    BOOST_TEST((checks.front().status == record::CheckStatus::undecided));
    BOOST_TEST(scene.status("pg.blocked") == "undecided");
    BOOST_TEST(scene.status("pg.connections_used") == "passed");
    BOOST_TEST((record::judge(checks, record::OnUndecided::fail) == record::Status::undecided));
    BOOST_TEST(!verdict::decide(monitor::evidence_of(scene.judge)).decided);
}

BOOST_AUTO_TEST_CASE(counters_are_taken_as_rises_and_void_after_a_reset) {
    Scene scene;
    auto const counters = [&](double base, double rollbacks, double reset) {
        scene.values["pg.commits_total"] = base;
        scene.values["pg.rollbacks_total"] = rollbacks;
        scene.values["pg.deadlocks_total"] = base / 1000;
        scene.values["pg.blocks_read_total"] = base;
        scene.values["pg.blocks_hit_total"] = base * 99;
        scene.values["pg.stats_reset"] = reset;
        scene.values["pg.started"] = 1;
    };
    counters(100'000, 50, 1);
    scene.add({});
    BOOST_TEST(std::isnan(last(scene, "pg.rollback_ratio")));
    counters(100'950, 100, 1);
    scene.add({});
    BOOST_TEST(last(scene, "pg.rollback_ratio") == 5);
    BOOST_TEST(last(scene, "pg.cache_hit_ratio") == 99);
    BOOST_TEST(
        last(scene, "pg.transaction_rate") == 1000.0 / 30, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(
        last(scene, "pg.deadlocks") == 0.95,
        boost::test_tools::tolerance(1e-9)); // within the first minute
    counters(10, 9, 2);
    scene.add({});
    counters(20, 9, 2);
    scene.add({});
    BOOST_TEST(last(scene, "pg.rollback_ratio") == 5); // ten transactions are too few
    BOOST_TEST(scene.judge.restarts() == 0);
    scene.values["pg.started"] = 60;
    scene.add({});
    BOOST_TEST(scene.judge.restarts() == 1);
    BOOST_TEST(scene.status("pg.restarts") == "warned");
}

BOOST_AUTO_TEST_CASE(a_run_that_goes_on_takes_no_rise_over_the_pause) {
    Scene scene;
    for (auto const* name :
         {"pg.commits_total",
          "pg.rollbacks_total",
          "pg.deadlocks_total",
          "pg.blocks_read_total",
          "pg.blocks_hit_total"}) {
        scene.values[name] = 1000;
    }
    scene.add({});
    scene.judge.begin(*scene.judge.start());
    scene.values["pg.deadlocks_total"] = 1100;
    scene.add({});
    BOOST_TEST(std::isnan(last(scene, "pg.deadlocks")));
}

BOOST_AUTO_TEST_CASE(what_passed_in_an_earlier_run_is_not_held_against_this_one) {
    Scene scene;
    for (int i = 0; i < 3; ++i) {
        scene.add(answers(0, 20));
    }
    for (int i = 0; i < 12; ++i) {
        scene.add(answers(20));
    }
    BOOST_TEST(scene.status("http.error_rate.health") == "warned");
    BOOST_TEST(scene.advice() == "full"); // of this run a fifth failed
    scene.judge.begin(*scene.judge.start());
    scene.add(answers(20));
    BOOST_TEST(scene.status("http.error_rate.health") == "passed");
    BOOST_TEST(scene.advice() == "none");
    BOOST_TEST(scene.judge.requests().at("health").errors == 60);
}

BOOST_AUTO_TEST_CASE(sessions_are_compared_with_the_median_of_the_baseline) {
    Scene scene{usual(100, 10)};
    scene.values["pg.connections"] = 21;
    scene.add({});
    scene.add({});
    BOOST_TEST(scene.status("pg.connections_ratio") == "failed");
}

BOOST_AUTO_TEST_CASE(gaps_are_counted_and_half_of_a_watch_is_undecided) {
    Scene scene;
    scene.add({});
    scene.add({});
    scene.add_gap();
    BOOST_TEST(scene.status("source.postgres") == "passed");
    scene.add_gap();
    BOOST_TEST(scene.status("source.postgres") == "undecided");
    BOOST_TEST(scene.judge.tallies().at("postgres").last_gap == "too slow");
    Scene const unseen;
    BOOST_TEST(unseen.status("source.http") == "undecided");
}

BOOST_AUTO_TEST_CASE(the_longest_waits_are_kept_with_who_holds_them_up) {
    Scene scene;
    Sample sample;
    for (int pid = 1; pid <= 30; ++pid) {
        sample.waits.push_back(
            {pid, "app", pid * 100, "ShareLock", "public.users", {{99, "psql", "active"}}});
    }
    scene.judge.add(sample);
    sample.waits = {{30, "app", 9000, "ShareLock", "public.users", {{98, "job", "active"}}}};
    scene.judge.add(sample);
    BOOST_TEST(scene.judge.waits().size() == 20);
    BOOST_TEST(scene.judge.waits().front().waited_ms == 9000);
    BOOST_TEST(scene.judge.waits().front().by.at(0).application == "job");
    auto const data = monitor::data_of(scene.judge, Purpose::watch);
    BOOST_TEST(data["blocked"][0]["by"][0]["pid"] == 98);
}

BOOST_AUTO_TEST_CASE(a_baseline_run_judges_nothing_but_its_size) {
    Scene scene;
    scene.add(answers(5, 15));
    for (auto const& check : monitor::checks_of(scene.judge, Purpose::baseline)) {
        BOOST_TEST(!check.id.starts_with("http."));
    }
    BOOST_TEST(
        (record::judge(
             monitor::checks_of(scene.judge, Purpose::baseline), record::OnUndecided::fail) ==
         record::Status::undecided));
    BOOST_TEST(monitor::data_of(scene.judge, Purpose::baseline)["recommendation"].is_null());
}

BOOST_AUTO_TEST_CASE(memory_stays_flat_over_a_long_watch) {
    Scene scene;
    for (int i = 0; i < 20'000; ++i) {
        scene.add(answers(2, i % 97 == 0 ? 1 : 0, 10 + i % 50));
    }
    for (auto const& metric : monitor::metrics_of(scene.judge)) {
        BOOST_TEST(metric.samples.size() <= 500U, metric.name);
    }
    BOOST_TEST(scene.judge.track({"http.latency", "health"})->sketch.count() == 40'000);
    BOOST_TEST(scene.judge.changes().size() <= 200);
    BOOST_TEST(scene.judge.window("health")->requests() <= 33); // five minutes
}

BOOST_AUTO_TEST_SUITE_END()
