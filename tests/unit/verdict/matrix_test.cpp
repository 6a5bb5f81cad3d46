// SPDX-License-Identifier: Apache-2.0
#include "verdict/matrix.hpp"

#include "support/errors.hpp"

#include <cmath>
#include <set>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(verdict_matrix)

using namespace slipway;
using verdict::Action;
using verdict::Signal;

namespace {

verdict::Fact of(Signal signal, double value, std::optional<std::int64_t> samples = {}) {
    return {signal, value, samples, "test"};
}

std::string advice(verdict::Evidence const& evidence) {
    return std::string{name(verdict::decide(evidence).action)};
}

std::string by_errors(double percent) {
    return advice({of(Signal::error_rate, percent, 1000)});
}

std::string by_latency(double ratio) {
    return advice({of(Signal::error_rate, 0, 1000), of(Signal::latency_ratio, ratio, 1000)});
}

} // namespace

BOOST_AUTO_TEST_CASE(each_boundary_of_the_error_rate_is_where_the_table_says) {
    BOOST_TEST(by_errors(0) == "none");
    BOOST_TEST(by_errors(0.0001) == "watch");
    BOOST_TEST(by_errors(0.9999) == "watch");
    BOOST_TEST(by_errors(1) == "plan-fix");
    BOOST_TEST(by_errors(4.9999) == "plan-fix");
    BOOST_TEST(by_errors(5) == "consider-app");
    BOOST_TEST(by_errors(10) == "consider-app");
    BOOST_TEST(by_errors(10.0001) == "full");
    BOOST_TEST(by_errors(100) == "full");
}

BOOST_AUTO_TEST_CASE(each_boundary_of_the_latency_is_where_the_table_says) {
    BOOST_TEST(by_latency(1.5) == "none");
    BOOST_TEST(by_latency(1.5001) == "watch");
    BOOST_TEST(by_latency(2) == "watch");
    BOOST_TEST(by_latency(2.0001) == "app");
}

BOOST_AUTO_TEST_CASE(a_doubled_latency_beside_few_errors_is_the_application_and_beside_many_all) {
    auto const with_errors = [](double percent) {
        return advice({of(Signal::error_rate, percent, 500), of(Signal::latency_ratio, 2.5, 500)});
    };
    BOOST_TEST(with_errors(4.9) == "app");
    BOOST_TEST(with_errors(7) == "app"); // two bad signs are no less than one
    BOOST_TEST(with_errors(11) == "full");
}

BOOST_AUTO_TEST_CASE(corruption_and_outage_are_full_whatever_else_is_known) {
    BOOST_TEST(advice({of(Signal::data_corruption, 1)}) == "full");
    BOOST_TEST(advice({of(Signal::outage, 1), of(Signal::error_rate, 0, 1000)}) == "full");
    BOOST_TEST(advice({of(Signal::data_corruption, 0), of(Signal::outage, 0)}) == "none");
}

BOOST_AUTO_TEST_CASE(each_kind_of_failed_check_has_its_row) {
    BOOST_TEST(advice({of(Signal::failed_health_checks, 1)}) == "app");
    BOOST_TEST(advice({of(Signal::failed_smoke_checks, 2)}) == "consider-app");
    BOOST_TEST(advice({of(Signal::failed_tests, 1)}) == "consider-app");
    BOOST_TEST(advice({of(Signal::failed_commands, 1)}) == "consider-app");
    BOOST_TEST(advice({of(Signal::failed_migrations, 1)}) == "db");
    BOOST_TEST(advice({of(Signal::failed_data_checks, 1)}) == "db");
    BOOST_TEST(advice({of(Signal::critical_metrics, 1)}) == "consider-app");
    BOOST_TEST(advice({of(Signal::warning_metrics, 1)}) == "watch");
    BOOST_TEST(advice({of(Signal::invalid_indexes, 1)}) == "plan-fix");
    BOOST_TEST(advice({of(Signal::blocked_sessions, 2)}) == "watch");
}

BOOST_AUTO_TEST_CASE(the_application_and_the_database_together_are_full) {
    auto const both =
        verdict::decide({of(Signal::failed_migrations, 1), of(Signal::failed_health_checks, 1)});
    BOOST_TEST((both.action == Action::full));
    BOOST_TEST(both.reason.find("migration failed") != std::string::npos);
    BOOST_TEST(both.reason.find("not healthy") != std::string::npos);
    BOOST_TEST((combine(Action::consider_app, Action::db) == Action::db));
    BOOST_TEST((combine(Action::app, Action::app) == Action::app));
}

BOOST_AUTO_TEST_CASE(too_few_samples_advise_to_watch_and_say_so) {
    auto const thin = verdict::decide({of(Signal::error_rate, 20, 19)});
    BOOST_TEST((thin.action == Action::watch));
    BOOST_TEST(!thin.rows.at(0).enough);
    BOOST_TEST((thin.rows.at(0).action == Action::full));
    BOOST_TEST(thin.reason.find("too few samples") != std::string::npos);
    BOOST_TEST(advice({of(Signal::error_rate, 20, 20)}) == "full");
    BOOST_TEST(advice({of(Signal::error_rate, 20)}) == "full"); // a person says it
}

BOOST_AUTO_TEST_CASE(the_rows_that_fired_carry_their_evidence_hardest_first) {
    auto const found =
        verdict::decide({of(Signal::warning_metrics, 1), of(Signal::error_rate, 7.25, 400)});
    BOOST_TEST(found.rows.size() == 2);
    BOOST_TEST(found.rows[0].row == "errors-5-to-10");
    BOOST_TEST(found.rows[0].evidence.size() == 1);
    BOOST_TEST(found.rows[1].row == "metric-warning");
    BOOST_TEST(found.reason == "5 to 10 % of the requests fail (error rate 7.25 % of 400: test)");
}

BOOST_AUTO_TEST_CASE(two_rates_never_make_a_third_between_them) {
    auto const found =
        verdict::decide({of(Signal::error_rate, 3, 100), of(Signal::error_rate, 12, 100)});
    std::set<std::string> rows;
    for (auto const& fired : found.rows) {
        rows.insert(fired.row);
    }
    BOOST_TEST((rows == std::set<std::string>{"errors-over-10", "errors-1-to-5"}));
}

BOOST_AUTO_TEST_CASE(without_evidence_nothing_is_decided) {
    auto const found = verdict::decide({});
    BOOST_TEST((found.action == Action::none));
    BOOST_TEST(!found.decided);
    BOOST_TEST(found.reason == "there is no evidence to decide by");
    BOOST_TEST(
        verdict::decide({of(Signal::error_rate, 0, 9)}).reason ==
        "nothing speaks against the deployment");
}

BOOST_AUTO_TEST_CASE(another_matrix_takes_the_place_of_the_standard_one) {
    verdict::Matrix const own{
        {"any",
         {{Signal::error_rate, verdict::Comparison::above, 0},
          {Signal::latency_ratio, verdict::Comparison::above, 1}},
         Action::db,
         "ours"}};
    BOOST_TEST((verdict::decide({of(Signal::error_rate, 50)}, own).action == Action::none));
    auto const found =
        verdict::decide({of(Signal::error_rate, 50), of(Signal::latency_ratio, 1.1)}, own);
    BOOST_TEST((found.action == Action::db));
    BOOST_TEST(found.rows.at(0).evidence.size() == 2);
}

BOOST_AUTO_TEST_CASE(a_value_that_is_no_number_is_a_fault_of_the_caller) {
    auto const error =
        support::error_of([] { (void)verdict::decide({of(Signal::error_rate, std::nan(""))}); });
    BOOST_TEST((error.kind() == ErrorKind::internal));
}

BOOST_AUTO_TEST_CASE(the_evidence_of_a_recommendation_survives_its_record) {
    verdict::Evidence const evidence{
        of(Signal::error_rate, 7.25, 400), of(Signal::failed_migrations, 1)};
    auto const written = verdict::to_json(verdict::decide(evidence));
    BOOST_TEST(written["action"] == "db");
    auto const read = verdict::evidence_from(written);
    BOOST_TEST(read.size() == 2);
    BOOST_TEST((read[0].signal == Signal::error_rate && read[0].value == 7.25));
    BOOST_TEST((read[0].samples == 400 && !read[1].samples));
    BOOST_TEST(read[0].source == "test");
}

BOOST_AUTO_TEST_CASE(a_malformed_recommendation_is_refused_and_an_unknown_signal_left_out) {
    auto const read = [](std::string_view text) {
        return verdict::evidence_from(json::parse(text, "test"));
    };
    BOOST_TEST(read(R"({"evidence": [{"signal": "moon", "value": 1}]})").empty());
    for (auto const* text :
         {"{}", R"({"evidence": 1})", R"({"evidence": [{"signal": "outage"}]})"}) {
        BOOST_TEST((support::error_of([&] { (void)read(text); }).kind() == ErrorKind::usage));
    }
}

BOOST_AUTO_TEST_CASE(every_name_reads_back) {
    for (int i = 0; i <= static_cast<int>(Action::full); ++i) {
        auto const action = static_cast<Action>(i);
        BOOST_TEST((verdict::action_from(name(action)) == action));
    }
    for (int i = 0; i <= static_cast<int>(Signal::blocked_sessions); ++i) {
        auto const signal = static_cast<Signal>(i);
        BOOST_TEST((verdict::signal_from(name(signal)) == signal));
    }
    for (int i = 0; i <= static_cast<int>(verdict::Comparison::at_least); ++i) {
        auto const comparison = static_cast<verdict::Comparison>(i);
        BOOST_TEST((verdict::comparison_from(name(comparison)) == comparison));
    }
    BOOST_TEST(
        (!verdict::comparison_from("near") && !verdict::action_from("reboot") &&
         !verdict::signal_from("moon")));
}

BOOST_AUTO_TEST_SUITE_END()
