// SPDX-License-Identifier: Apache-2.0
#include "support/errors.hpp"
#include "testreport/place.hpp"
#include "testreport/report.hpp"

#include <ostream>

#include <boost/test/unit_test.hpp>

namespace slipway::testreport {
std::ostream& operator<<(std::ostream& out, Outcome outcome) {
    return out << name(outcome);
}
} // namespace slipway::testreport

BOOST_AUTO_TEST_SUITE(testreport_junit)

using namespace slipway;
using support::error_of;
using testreport::Case;
using testreport::Outcome;

namespace {

struct Report {
    std::vector<Case> cases;
    std::int64_t declared_bad = 0;
};

Report parse_junit(std::string text, std::string name) {
    Report out;
    out.declared_bad = testreport::parse_junit(
        std::move(text), std::move(name), [&](Case one) { out.cases.push_back(std::move(one)); });
    return out;
}

Case only(std::string const& testcase) {
    auto report = parse_junit("<testsuite name=\"s\">" + testcase + "</testsuite>", "r.xml");
    BOOST_REQUIRE(report.cases.size() == 1U);
    return report.cases.front();
}

std::int64_t milliseconds(std::string const& time) {
    auto const one = only("<testcase name=\"t\" time=\"" + time + "\"/>");
    return one.duration ? one.duration->count() : -1;
}

} // namespace

BOOST_AUTO_TEST_CASE(suites_may_be_nested_and_cases_may_stand_at_any_depth) {
    auto const report = parse_junit(
        "<testsuites><testcase name=\"top\" classname=\"test\"/>"
        "<testsuite name=\"a\"><testsuite name=\"b\"><testcase name=\"x\" classname=\"test\"/>"
        "</testsuite><testcase name=\"y\" classname=\"shop.Cart\"/></testsuite></testsuites>",
        "r.xml");
    BOOST_REQUIRE(report.cases.size() == 3U);
    BOOST_TEST(report.cases[0].title() == "top");
    BOOST_TEST(report.cases[1].title() == "a › b › x");
    BOOST_TEST(report.cases[2].title() == "shop.Cart › y");
}

BOOST_AUTO_TEST_CASE(failures_errors_and_skips_are_told_apart) {
    auto const failed = only("<testcase classname=\"c\" name=\"t\"><failure message=\"no &lt;\" "
                             "type=\"AssertionError\">trace</failure></testcase>");
    BOOST_TEST(failed.outcome == Outcome::failed);
    BOOST_TEST(failed.message == "no <");
    BOOST_TEST(failed.details == "trace");
    BOOST_TEST(failed.bad());
    auto const error =
        only("<testcase name=\"t\"><error>\n  first line\nsecond</error></testcase>");
    BOOST_TEST(error.outcome == Outcome::error);
    BOOST_TEST(error.message == "first line");
    auto const skipped = only("<testcase name=\"t\"><skipped message=\"later\"/></testcase>");
    BOOST_TEST(skipped.outcome == Outcome::skipped);
    BOOST_TEST(skipped.message == "later");
    BOOST_TEST(only("<testcase name=\"t\"><failure/></testcase>").outcome == Outcome::failed);
    auto const both = only("<testcase name=\"t\"><skipped/><failure message=\"f\"/></testcase>");
    BOOST_TEST(both.outcome == Outcome::failed);
    auto const many = only("<testcase name=\"t\"><failure message=\"one\"/><failure "
                           "message=\"two\"/><error message=\"three\"/></testcase>");
    BOOST_TEST(many.outcome == Outcome::error);
    BOOST_TEST(many.message == "one (and 2 more)");
}

BOOST_AUTO_TEST_CASE(a_test_that_passed_when_tried_again_is_flaky_and_one_that_did_not_is_failed) {
    auto const flaky =
        only("<testcase name=\"t\"><flakyFailure message=\"once\"/><system-out/></testcase>");
    BOOST_TEST(flaky.outcome == Outcome::passed);
    BOOST_TEST(flaky.flaky);
    auto const failed = only("<testcase name=\"t\"><failure message=\"f\"/><rerunFailure "
                             "message=\"again\"/></testcase>");
    BOOST_TEST(failed.outcome == Outcome::failed);
    BOOST_TEST(!failed.flaky);
    BOOST_TEST(failed.message == "f");
}

BOOST_AUTO_TEST_CASE(ctest_tells_by_its_status_attribute) {
    BOOST_TEST(only("<testcase name=\"t\" status=\"disabled\"/>").outcome == Outcome::skipped);
    BOOST_TEST(only("<testcase name=\"t\" status=\"notrun\"/>").outcome == Outcome::skipped);
    BOOST_TEST(only("<testcase name=\"t\" status=\"run\"/>").outcome == Outcome::passed);
    BOOST_TEST(only("<testcase name=\"t\" status=\"fail\"/>").outcome == Outcome::failed);
    BOOST_TEST(
        only("<testcase name=\"t\" status=\"run\" result=\"suppressed\"/>").outcome ==
        Outcome::skipped);
}

BOOST_AUTO_TEST_CASE(times_are_read_as_they_come) {
    BOOST_TEST(milliseconds("0.25") == 250);
    BOOST_TEST(milliseconds("9.2e-02") == 92);
    BOOST_TEST(milliseconds("1,234.5") == 1'234'500);
    BOOST_TEST(milliseconds("0,25") == 250);
    BOOST_TEST(milliseconds(" 2 ") == 2000);
    for (auto const* none : {"", "-1", "fast", "nan", "1e300", "1.5s"}) {
        BOOST_TEST(milliseconds(none) == -1, none);
    }
}

BOOST_AUTO_TEST_CASE(the_place_of_a_failure_comes_from_its_text_or_from_the_test) {
    auto const boost =
        only("<testcase classname=\"alpha\" name=\"bad\"><failure message=\"failure\" "
             "type=\"assertion error\"><![CDATA[\nASSERTION FAILURE:\n- file   : a_test.cpp\n"
             "- line   : 7\n- message: check 1 == 2 has failed\n]]></failure></testcase>");
    BOOST_TEST(boost.where.text() == "a_test.cpp:7");
    BOOST_TEST(boost.message == "check 1 == 2 has failed");
    auto const thrown =
        only("<testcase name=\"t\"><error message=\"unexpected exception\" type=\"uncaught "
             "exception\"><![CDATA[\nUNCAUGHT EXCEPTION:\n- file: unknown location\n- line: 0\n\n\n"
             "EXCEPTION STACK TRACE: ---\nstd::runtime_error: boom\n---\n\nLast checkpoint:\n"
             "- file: b.cpp\n- line: 8\n]]></error></testcase>");
    BOOST_TEST(thrown.where.text() == "b.cpp:8");
    BOOST_TEST(thrown.message == "std::runtime_error: boom");
    auto const python =
        only("<testcase name=\"t\"><failure message=\"m\">def test():\n&gt;  assert "
             "x\n\ntests/test_shop.py:12: AssertionError</failure></testcase>");
    BOOST_TEST(python.where.text() == "tests/test_shop.py:12");
    auto const attributes = only("<testcase name=\"t\" file=\"spec/a_spec.rb\" line=\"4\"><failure "
                                 "message=\"m\"/></testcase>");
    BOOST_TEST(attributes.where.text() == "spec/a_spec.rb:4");
    auto const elsewhere =
        only("<testcase name=\"t\" file=\"a.test.js\"><failure>Error: x\n    at check "
             "(/app/node_modules/expect/i.js:3:1)\n    at /app/a.test.js:9:5</failure></testcase>");
    BOOST_TEST(elsewhere.where.text() == "/app/a.test.js:9:5");
    BOOST_TEST(!only("<testcase name=\"t\"><failure/></testcase>").where.known());
}

BOOST_AUTO_TEST_CASE(the_frames_of_what_was_thrown_win_over_those_of_the_runner) {
    auto const where = testreport::place_in(
        "Error [ERR_TEST_FAILURE]: x\n    at TestContext.<anonymous> (file:///w/a.mjs:3:1) {\n"
        "  cause: Error: x\n      at run (node:internal/x:1:2)\n"
        "      at thrower (file:///w/with%20space.mjs:8:5)\n");
    BOOST_TEST(where.text() == "/w/with space.mjs:8:5");
}

BOOST_AUTO_TEST_CASE(a_suite_that_could_not_begin_is_an_error_of_its_own) {
    auto const report = parse_junit(
        "<testsuites><testsuite name=\"a\"><error message=\"cannot import\"/></testsuite>"
        "</testsuites>",
        "r.xml");
    BOOST_REQUIRE(report.cases.size() == 1U);
    BOOST_TEST(report.cases.front().outcome == Outcome::error);
    BOOST_TEST(report.cases.front().title() == "a › the suite itself");
}

BOOST_AUTO_TEST_CASE(the_head_tells_how_many_failures_there_ought_to_be) {
    BOOST_TEST(parse_junit("<testsuites failures=\"2\" errors=\"1\"/>", "r").declared_bad == 3);
    BOOST_TEST(
        parse_junit(
            "<testsuites><testsuite failures=\"2\"/><testsuite errors=\"2\"/></testsuites>", "r")
            .declared_bad == 4);
    BOOST_TEST(parse_junit("<testsuite failures=\"x\"/>", "r").declared_bad == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_junit_report_is_refused_with_its_place) {
    auto const html = error_of([] { parse_junit("<!DOCTYPE html><html></html>", "r.xml"); });
    BOOST_CHECK(html.kind() == ErrorKind::usage);
    BOOST_TEST(html.message() == "r.xml:1 is no JUnit report: its root is <html>");
    BOOST_CHECK_THROW(parse_junit("TAP version 13\nok 1\n", "r.tap"), Error);
    BOOST_CHECK_THROW(parse_junit("<testsuite><testcase name=\"a\">", "r.xml"), Error);
    std::string deep;
    for (int i = 0; i < 200; ++i) {
        deep += "<testsuite>";
    }
    for (int i = 0; i < 200; ++i) {
        deep += "</testsuite>";
    }
    BOOST_CHECK_THROW(parse_junit(deep, "r.xml"), Error);
}

BOOST_AUTO_TEST_SUITE_END()
