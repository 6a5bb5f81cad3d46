// SPDX-License-Identifier: Apache-2.0
// The formats besides JUnit XML, and what is wrong with reports of them.
#include "support/errors.hpp"
#include "testreport/report.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(testreport_formats)

using namespace slipway;
using support::error_of;
using testreport::Case;

namespace {

struct Told {
    std::vector<Case> cases;
    std::int64_t lost = 0;

    // `passed a, failed b`.
    [[nodiscard]] std::string text() const {
        std::string out;
        for (auto const& one : cases) {
            out += (out.empty() ? "" : ", ") + std::string{testreport::name(one.outcome)} + " " +
                   one.title() + (one.flaky ? " (flaky)" : "");
        }
        return out;
    }
};

Told told(std::string const& text) {
    Told out;
    out.lost = testreport::parse(text, "r", [&](Case one) { out.cases.push_back(std::move(one)); });
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(tap_is_read_with_subtests_directives_and_details) {
    auto const flat = told("TAP version 13\n1..4\nok 1 - a\nnot ok 2 - b\n  ---\n"
                           "  message: 'no b'\n  at: \"x.js:3:7\"\n  ...\nok 3 - c # SKIP later\n"
                           "not ok 4 - d # TODO some day\n");
    BOOST_TEST(flat.text() == "passed a, failed b, skipped c, skipped d");
    BOOST_TEST(flat.cases[1].message == "no b");
    BOOST_TEST(flat.cases[1].where.file == "x.js");
    BOOST_TEST(flat.cases[1].where.line == 3);
    auto const nested =
        told("# Subtest: cart\n    ok 1 - adds\n    not ok 2 - subtracts\n    1..2\n"
             "not ok 1 - cart\n1..1\n");
    BOOST_TEST(nested.text() == "passed cart › adds, failed cart › subtracts");
    auto const braces =
        told("1..1\nnot ok 1 - f # time=1ms {\n    1..2\n    ok 1 - a # time=1.4ms\n"
             "    not ok 2 - b # time=2ms\n}\n");
    BOOST_TEST(braces.text() == "passed f › a, failed f › b");
    BOOST_TEST((braces.cases[0].duration == time::Milliseconds{1}));
}

BOOST_AUTO_TEST_CASE(tap_that_was_cut_off_or_gave_up_is_an_error) {
    BOOST_TEST(told("1..3\nok 1 - a\n").text() == "passed a, error the plan");
    BOOST_TEST(told("ok 1 - a\n").text() == "passed a, error the plan");
    BOOST_TEST(
        told("1..2\nok 1 - a\nBail out! no database\n").text() == "passed a, error the whole run");
    BOOST_TEST(told("1..0 # SKIP nothing\n").text().empty());
    // A parent that failed by itself is not lost behind its good children.
    BOOST_TEST(
        told("# Subtest: s\n    ok 1 - a\n    1..1\nnot ok 1 - s\n1..1\n").text() ==
        "passed s › a, failed s");
    auto const nothing = error_of([] { told("hello\nworld\n"); });
    BOOST_TEST((nothing.kind() == ErrorKind::usage));
    BOOST_TEST(nothing.message().find("no line of TAP") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_of_vitest_and_jest_tells_suites_and_files_that_do_not_load) {
    auto const seen = told(R"({"numFailedTests": 1, "testResults": [
      {"name": "/x/a.test.js", "status": "failed", "assertionResults": [
        {"ancestorTitles": ["cart", "sum"], "title": "adds", "status": "passed", "duration": 1.5},
        {"ancestorTitles": [], "title": "b", "status": "failed",
         "failureMessages": ["\u001b[31mError: no\u001b[39m\n    at /x/a.test.js:4:9"]},
        {"ancestorTitles": [], "title": "c", "status": "todo"},
        {"ancestorTitles": [], "title": "d", "status": "passed", "invocations": 2}]},
      {"name": "/x/b.test.js", "status": "failed", "message": "cannot find ./gone", "assertionResults": []}]})");
    BOOST_TEST(
        seen.text() ==
        "passed cart › sum › adds, failed b, skipped c, passed d (flaky), error /x/b.test.js");
    BOOST_TEST(seen.cases[1].message == "Error: no");
    BOOST_TEST(seen.cases[1].where.line == 4);
    BOOST_TEST(seen.cases[4].message == "cannot find ./gone");
    BOOST_TEST(told(R"({"numFailedTests": 2, "testResults": []})").lost == 2);
}

BOOST_AUTO_TEST_CASE(json_of_pytest_tells_phases_and_collection_errors) {
    auto const seen = told(R"({"summary": {"failed": 1}, "tests": [
      {"nodeid": "t/test_a.py::TestX::test_ok", "lineno": 3, "outcome": "passed",
       "setup": {"duration": 0.1}, "call": {"duration": 0.4}},
      {"nodeid": "t/test_a.py::test_no", "lineno": 9, "outcome": "failed",
       "call": {"duration": 0.1, "crash": {"path": "/w/t/test_a.py", "lineno": 11, "message": "assert 1 == 2"}}},
      {"nodeid": "t/test_a.py::test_x", "lineno": 1, "outcome": "xfailed"}],
      "collectors": [{"nodeid": "t/test_b.py", "outcome": "failed", "longrepr": "ImportError: gone"}]})");
    BOOST_TEST(
        seen.text() == "passed t/test_a.py::TestX › test_ok, failed t/test_a.py › test_no, "
                       "skipped t/test_a.py › test_x, error t/test_b.py");
    BOOST_TEST((seen.cases[0].duration == time::Milliseconds{500}));
    BOOST_TEST(seen.cases[1].where.line == 11);
}

BOOST_AUTO_TEST_CASE(events_of_go_tell_what_never_ended) {
    auto const seen = told(R"({"Time":"t","Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:12: got 3\n"}
{"Action":"fail","Package":"p","Test":"TestA","Elapsed":0.25}
{"Action":"run","Package":"p","Test":"TestHangs"}
{"Action":"fail","Package":"q"}
)");
    BOOST_TEST(
        seen.text() == "failed p › TestA, error q › the package itself, error p › TestHangs");
    BOOST_TEST(seen.cases[0].message == "a_test.go:12: got 3");
    BOOST_TEST(seen.cases[0].where.line == 12);
    auto const torn = error_of([] {
        told("{\"Time\":\"t\",\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"TestA\"}\n{"
             "\"Action\":\"pa");
    });
    BOOST_TEST(torn.message().find("r:2") != std::string::npos, torn.message());
    BOOST_TEST(told("FAIL\tshop [build failed]\n").text() == "error shop › the package itself");
}

BOOST_AUTO_TEST_CASE(what_is_no_report_is_refused_with_its_place) {
    for (char const* text :
         {"{}", "{\"tests\": 3}", "[]", "{\"a\"", "<html></html>", "", "\n\n", "[1, 2"}) {
        auto const error = error_of([&] { told(text); });
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST((error.kind() == ErrorKind::usage));
            BOOST_TEST(error.where().file == "r");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
