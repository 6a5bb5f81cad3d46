// SPDX-License-Identifier: Apache-2.0
#include "verdict.hpp"

#include <algorithm>
#include <ostream>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(test_run_verdict)

using namespace slipway;
using namespace slipway::test_run;
using testreport::Outcome;

namespace {

struct Case {
    Evidence evidence{{}, {}, PassRate::parse("100%"), {}};

    Case() { evidence.outcome.exit_code = 0; }

    Case& tests(std::int64_t passed, std::size_t failed) {
        auto& results = evidence.results;
        results.files.push_back({"r.xml", ReportFile::State::read, failed, {}, {}});
        results.passed = passed;
        results.failed = static_cast<std::int64_t>(failed);
        for (std::size_t i = 0; i < failed; ++i) {
            testreport::Case one;
            one.suite = "s";
            one.name = "t" + std::to_string(i);
            one.outcome = Outcome::failed;
            one.message = "wrong";
            one.where = {"a.cpp", 3, 0};
            results.bad.push_back(one);
        }
        return *this;
    }

    Case& exit(int code) {
        evidence.outcome.exit_code = code;
        return *this;
    }

    Case& gate(char const* rate) {
        evidence.gate = PassRate::parse(rate);
        return *this;
    }

    [[nodiscard]] Verdict judge() const { return test_run::judge(evidence); }

    // The word of the record's status, or `never green` where the tool throws that.
    [[nodiscard]] std::string status() const {
        auto const verdict = judge();
        return verdict.undecided ? "never green"
                                 : std::string{record::name(
                                       record::judge(verdict.checks, record::OnUndecided::pass))};
    }
};

record::Check const* find(Verdict const& verdict, std::string const& id) {
    auto const found =
        std::find_if(verdict.checks.begin(), verdict.checks.end(), [&](record::Check const& check) {
            return check.id == id;
        });
    return found == verdict.checks.end() ? nullptr : &*found;
}

} // namespace

BOOST_AUTO_TEST_CASE(exit_code_and_report_have_to_agree_for_green) {
    BOOST_TEST(Case{}.tests(5, 0).status() == "passed");
    BOOST_TEST(Case{}.tests(5, 0).exit(1).status() == "failed");
    BOOST_TEST(Case{}.tests(5, 1).exit(1).status() == "failed");
    BOOST_TEST(Case{}.tests(5, 1).exit(0).status() == "failed");
    BOOST_TEST(Case{}.exit(0).status() == "never green");
    BOOST_TEST(Case{}.exit(1).status() == "failed");
    BOOST_TEST(Case{}.tests(0, 0).exit(0).status() == "never green");
    auto const said = Case{}.tests(5, 0).exit(4).judge();
    BOOST_TEST(
        find(said, "command.ends")->message == "exit code 4 although no test in its report failed");
}

BOOST_AUTO_TEST_CASE(a_signal_is_never_explained_by_failed_tests) {
    Case crashed;
    crashed.tests(99, 1).gate("90%").exit(-1);
    crashed.evidence.outcome.signal = 11;
    BOOST_TEST(crashed.status() == "failed");
}

BOOST_AUTO_TEST_CASE(within_the_gate_failed_tests_are_told_and_do_not_decide) {
    BOOST_TEST(Case{}.tests(19, 1).gate("95%").exit(1).status() == "warned");
    BOOST_TEST(Case{}.tests(18, 1).gate("95%").exit(1).status() == "failed");
    auto const verdict = Case{}.tests(19, 1).gate("95%").exit(1).judge();
    auto const* failed = find(verdict, "test.s › t0");
    BOOST_REQUIRE(failed != nullptr);
    BOOST_TEST(failed->message == "wrong");
    BOOST_TEST(failed->where.text() == "a.cpp:3");
    BOOST_CHECK(failed->status == record::CheckStatus::failed);
    BOOST_CHECK(failed->severity == record::Severity::minor);
}

BOOST_AUTO_TEST_CASE(a_broken_report_beside_a_good_one_is_never_green) {
    Case broken;
    broken.tests(5, 0).evidence.results.files.push_back(
        {"b.xml", ReportFile::State::broken, 0, "b.xml:3 is no well-formed XML", {"b.xml", 3, 0}});
    BOOST_TEST(broken.status() == "never green");
    BOOST_TEST(broken.tests(5, 1).status() == "failed");
}

BOOST_AUTO_TEST_CASE(old_reports_alone_are_never_green_and_beside_new_ones_a_warning) {
    Case stale;
    stale.evidence.results.files.push_back({"old.xml", ReportFile::State::stale, 0, {}, {}});
    BOOST_TEST(stale.status() == "never green");
    BOOST_TEST(stale.tests(5, 0).status() == "warned");
}

BOOST_AUTO_TEST_CASE(failures_that_a_head_counts_and_no_case_shows_fail) {
    Case lost;
    lost.tests(5, 0).evidence.results.lost_failures = 2;
    BOOST_TEST(lost.status() == "failed");
}

BOOST_AUTO_TEST_CASE(a_test_of_the_baseline_that_is_gone_fails) {
    Case gone;
    gone.tests(2, 0).evidence.results.titles = {"a", "b"};
    gone.evidence.baseline = {{"a", "b", "c"}};
    BOOST_TEST(gone.status() == "failed");
    BOOST_TEST(gone.judge().vanished.size() == 1U);
    gone.evidence.baseline = {{"a"}};
    BOOST_TEST(gone.status() == "passed");
}

BOOST_AUTO_TEST_CASE(flaky_tests_warn) {
    Case flaky;
    flaky.tests(2, 0).evidence.results.flaky = {"a"};
    BOOST_TEST(flaky.status() == "warned");
    BOOST_TEST(flaky.judge().summary == "2 of 2 tests passed, 1 flaky");
}

BOOST_AUTO_TEST_CASE(of_many_failures_a_hundred_have_a_check_and_the_rest_are_counted) {
    auto const verdict = Case{}.tests(0, 1234).judge();
    BOOST_TEST(verdict.omitted == 1134U);
    BOOST_TEST(verdict.checks.size() == 103U);
    BOOST_TEST(find(verdict, "tests.omitted")->message == "1134 more failed tests omitted");
    BOOST_TEST(verdict.summary.size() < 3000U);
}

BOOST_AUTO_TEST_SUITE_END()
