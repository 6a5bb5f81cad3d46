// SPDX-License-Identifier: Apache-2.0
#include "../../tools/monitor/comparison.hpp"

#include "../../tools/monitor/findings.hpp"

#include <cmath>
#include <random>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(monitor_comparison)

using namespace slipway;
using monitor::Baseline;
using monitor::Comparison;
using monitor::Key;
using monitor::Verdict;

namespace {

Key const latency{"http.latency", "api"};
constexpr std::chrono::seconds every{30};

// 60 samples between 100 and 160 ms: the limit is the 49th, 148 ms, with a tenth and 1 ms on top.
Baseline usual(std::vector<Key> const& more = {}) {
    Baseline out;
    std::vector<double> values;
    for (int i = 0; i < 60; ++i) {
        values.push_back(100 + (i * 37) % 60);
    }
    out.set_readings(latency, values);
    for (auto const& key : more) {
        out.set_readings(key, values);
    }
    return out;
}

class Watching {
public:
    explicit Watching(
        Baseline const& baseline = usual(),
        Comparison::Plan const& plan = {240, std::chrono::minutes{5}, {}})
        : comparison(baseline, plan) {}

    std::vector<Key> add(double value) {
        now_ += every;
        return comparison.add(now_, {{latency, value}});
    }

    [[nodiscard]] Comparison::Line const& line() const { return comparison.lines().at(latency); }

    [[nodiscard]] std::string words() const { return comparison.words(latency, line()); }

    Comparison comparison;

private:
    time::Instant now_ = time::Instant{} + std::chrono::hours{14};
};

} // namespace

BOOST_AUTO_TEST_CASE(nine_of_eleven_slow_samples_are_said_in_words) {
    Watching watching;
    for (char const each : std::string{"11011101111"}) {
        watching.add(each == '1' ? 300 : 120);
    }
    BOOST_TEST(watching.line().process.usual().dependence == 0);
    BOOST_TEST(
        watching.words() ==
        "9 of 11 samples above 163.8 ms, 20 % expected; odds 646:1; onset 14:00 UTC");
    BOOST_TEST((watching.line().verdict == Verdict::regressed));
    BOOST_TEST((watching.comparison.verdict() == Verdict::regressed));
}

BOOST_AUTO_TEST_CASE(a_regression_is_told_once_and_stays) {
    Watching watching;
    int told = 0;
    for (int i = 0; i < 8; ++i) {
        told += static_cast<int>(watching.add(300).size());
    }
    BOOST_TEST(told == 1);
    for (int i = 0; i < 100; ++i) {
        BOOST_TEST(watching.add(120).empty());
    }
    BOOST_TEST((watching.comparison.verdict() == Verdict::regressed));
    BOOST_TEST(watching.words().find("once ") != std::string::npos, watching.words());
}

BOOST_AUTO_TEST_CASE(health_takes_time_and_quiet_samples) {
    Watching watching;
    for (int i = 0; i < 10; ++i) {
        watching.add(120);
        BOOST_TEST((watching.comparison.verdict() == Verdict::undecided)); // not five minutes
    }
    BOOST_TEST(watching.add(120).size() == 1U);
    BOOST_TEST((watching.comparison.verdict() == Verdict::healthy));
    BOOST_TEST(
        watching.words().find("that fewer than 50 % are") != std::string::npos, watching.words());
}

BOOST_AUTO_TEST_CASE(each_metric_raises_the_odds_that_it_takes) {
    Watching const one;
    BOOST_TEST(one.comparison.limit() == 20);
    Watching three{usual({{"http.error_rate", "api"}, {"pg.connections", ""}})};
    BOOST_TEST(three.comparison.limit() == 60);
    for (int i = 0; i < 4; ++i) {
        three.add(300);
    }
    // 33.9 and the halves of onsets that have not come: enough for one metric, not for three.
    BOOST_TEST(three.line().process.odds() > 20);
    BOOST_TEST((three.comparison.verdict() == Verdict::undecided));
    three.add(300);
    BOOST_TEST((three.comparison.verdict() == Verdict::regressed));
}

BOOST_AUTO_TEST_CASE(a_later_onset_is_named_with_its_time) {
    Watching watching;
    for (int i = 0; i < 20; ++i) {
        watching.add(120);
    }
    for (int i = 0; i < 8; ++i) {
        watching.add(300);
    }
    BOOST_TEST(
        watching.words() ==
        "8 of 8 samples above 163.8 ms, 20 % expected; odds 2.56e+03:1; onset 14:10 UTC");
}

BOOST_AUTO_TEST_CASE(samples_of_before_the_baselines_end_and_of_the_warm_up_are_left_out) {
    Watching watching{usual(), {240, {}, std::chrono::minutes{2}}};
    for (int i = 0; i < 4; ++i) {
        watching.add(900);
    }
    BOOST_TEST(watching.comparison.warmed_up() == 4U);
    BOOST_TEST(watching.line().process.values() == 0U);
    watching.add(120);
    BOOST_TEST(watching.line().process.values() == 1U);
}

BOOST_AUTO_TEST_CASE(a_gap_is_no_sample_and_a_thin_baseline_compares_nothing) {
    Watching watching;
    BOOST_TEST(watching.comparison.add(time::Instant{} + std::chrono::hours{20}, {}).empty());
    BOOST_TEST(watching.line().process.values() == 0U);
    Baseline thin;
    thin.set_readings(latency, std::vector<double>(19, 1));
    thin.set_readings({"pg.database_size", ""}, std::vector<double>(60, 1)); // is not compared
    Comparison const none{thin, {}};
    BOOST_TEST(none.lines().empty());
    BOOST_TEST((none.verdict() == Verdict::undecided));
}

// The judge from end to end: answers in, checks and advice out.
namespace {

void take(monitor::Judge& judge, time::Instant at, double ms, int wrong = 0) {
    monitor::Sample sample;
    sample.at = at;
    for (int i = 0; i < 5; ++i) {
        bool const right = i >= wrong;
        sample.answers.push_back({"api", right ? 200 : 500, ms, right, {}, ""});
    }
    judge.add(sample);
}

record::Check check_named(monitor::Judge const& judge, std::string const& id) {
    for (auto const& check : monitor::checks_of(judge, monitor::Purpose::watch)) {
        if (check.id == id) {
            return check;
        }
    }
    return {};
}

monitor::Judge judge_with(Baseline baseline) {
    monitor::Judge judge{
        {},
        std::move(baseline),
        std::chrono::minutes{5},
        {std::chrono::hours{2}, time::Milliseconds{0}}};
    monitor::Start start;
    start.endpoints = {{"api", "http://h/", "http://h/"}};
    start.every = every;
    judge.begin(start);
    return judge;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_regression_fails_its_check_and_advises) {
    auto judge = judge_with(usual());
    auto now = time::Instant{};
    for (int i = 0; i < 12; ++i) {
        take(judge, now += every, 300);
    }
    auto const check = check_named(judge, "baseline.http.latency.api");
    BOOST_TEST((check.status == record::CheckStatus::failed));
    BOOST_TEST(
        check.message.starts_with("regressed: 12 of 12 samples above 163.8 ms"), check.message);
    BOOST_TEST((judge.state() == verdict::State::critical));
    BOOST_TEST(judge.decided());
    auto const advice = verdict::decide(monitor::evidence_of(judge));
    BOOST_TEST(name(advice.action) == "consider-app");
    BOOST_TEST(advice.reason.find("http.latency/api") != std::string::npos, advice.reason);
}

BOOST_AUTO_TEST_CASE(an_unchanged_service_is_healthy_and_left_alone) {
    auto judge = judge_with(usual({{"http.error_rate", "api"}}));
    auto now = time::Instant{};
    for (int i = 0; i < 40 && !judge.decided(); ++i) {
        take(judge, now += every, 100 + (i * 37) % 60);
    }
    BOOST_TEST(judge.decided());
    BOOST_TEST((judge.state() == verdict::State::normal));
    BOOST_TEST(
        (check_named(judge, "baseline.http.latency.api").status == record::CheckStatus::passed));
    BOOST_TEST(name(verdict::decide(monitor::evidence_of(judge)).action) == "none");
}

BOOST_AUTO_TEST_CASE(five_percent_of_errors_are_found_where_there_were_none) {
    Baseline baseline;
    baseline.set_readings({"http.error_rate", "api"}, std::vector<double>(60, 0));
    auto judge = judge_with(baseline);
    std::mt19937 random{5};
    std::binomial_distribution<int> wrong{5, 0.05};
    auto now = time::Instant{};
    for (int i = 0; i < 240; ++i) { // longer than the limit of the window needs
        take(judge, now += every, 100, wrong(random));
    }
    auto const check = check_named(judge, "baseline.http.error_rate.api");
    BOOST_TEST((check.status == record::CheckStatus::failed));
    BOOST_TEST(check.message.find("5 % expected") != std::string::npos, check.message);
}

BOOST_AUTO_TEST_CASE(an_index_that_vanishes_is_named_unless_its_table_went_with_it) {
    Baseline baseline;
    baseline.set_index("public.dropped_by_migration", "public.orders");
    auto judge = judge_with(baseline);
    auto const see = [&](std::vector<monitor::IndexOf> indexes) {
        monitor::Sample sample;
        sample.at = time::Instant{} + std::chrono::hours{14};
        sample.indexes = std::move(indexes);
        judge.add(sample);
        return judge.news();
    };
    auto const first = see(
        {{"public.orders_pkey", "public.orders"},
         {"public.orders_at", "public.orders"},
         {"public.old_pkey", "public.old"}});
    BOOST_REQUIRE(first.size() == 1U);
    BOOST_TEST(first[0] == "the index public.dropped_by_migration on public.orders has vanished");
    BOOST_TEST(see({{"public.orders_pkey", "public.orders"}}).size() == 1U); // old went as a whole
    BOOST_REQUIRE(judge.events().size() == 2U);
    BOOST_TEST(judge.events()[1].object == "public.orders_at");
    auto const advice = verdict::decide(monitor::evidence_of(judge));
    BOOST_TEST(name(advice.action) == "plan-fix");
    BOOST_TEST(advice.reason.find("public.orders_at") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
