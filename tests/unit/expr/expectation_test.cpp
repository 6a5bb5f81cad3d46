// SPDX-License-Identifier: Apache-2.0
#include "expr/expectation.hpp"

#include "error/error.hpp"

#include <array>
#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(expr_expectation)

using namespace slipway;
namespace data = boost::unit_test::data;

namespace {

struct Case {
    char const* actual;
    char const* expectation;
    bool met;
};

std::ostream& operator<<(std::ostream& out, Case const& one) {
    return out << one.actual << " / " << one.expectation;
}

std::array const table{
    Case{"1", "> 0", true},
    Case{"0", "> 0", false},
    Case{"8", ">= 8", true},
    Case{"7.9", ">=8", false},
    Case{"9007199254740993", "> 9007199254740992", true},
    Case{"\"b\"", "> a", true},
    Case{"\"5\"", "> 0", false},
    Case{"null", "< 5", false},
    Case{"5", "<= 5", true},
    Case{"5", "== 5.0", true},
    Case{"\"abc\"", "== abc", true},
    Case{"\"abc\"", "!= abc", false},
    Case{"null", "!= 1", true},
    Case{"[1,2]", "== [1, 2]", true},
    Case{"\"W/123\"", "/^W/", true},
    Case{"\"abc\"", "/B/i", true},
    Case{"\"abc\"", "/B/", false},
    Case{"120", "/^\\d+$/", true},
    Case{"null", "/.*/", false},
    Case{"{}", "/.*/", false},
    Case{"\"x\"", "type string", true},
    Case{"1", "type number", true},
    Case{"1", "type integer", true},
    Case{"1.5", "type integer", false},
    Case{"null", "type null", true},
    Case{"[]", "type object", false},
    Case{"[1,2,3,4]", "length > 3", true},
    Case{"\"zäh\"", "length 3", true},
    Case{"{\"a\":1}", "length == 2", false},
    Case{"5", "length 1", false},
    Case{"\"hello\"", "contains ell", true},
    Case{"\"hello\"", "contains \"ell\"", true},
    Case{"[\"a\",1]", "contains 1", true},
    Case{"[\"a\",\"1\"]", "contains 1", true},
    Case{"[\"ab\"]", "contains a", false},
    Case{"{\"k\":1}", "contains k", true},
    Case{"5", "contains 5", false},
    Case{"0", "exists", true},
    Case{"null", "exists", false},
    Case{"null", "absent", true},
    Case{"[1,5]", "any > 4", true},
    Case{"[1,5]", "all > 4", false},
    Case{"[]", "all > 4", true},
    Case{"[]", "any > 4", false},
    Case{"[\"a\",\"b\"]", "all type string", true},
    Case{"1", "any > 0", false},
    Case{"\"all good\"", "all good", true},
    Case{"true", "true", true},
    Case{"\"true\"", "true", true},
    Case{"1", "true", false},
    Case{"200", "200", true},
    Case{"\"200\"", "200", true},
    Case{"\"plain text\"", "plain text", true},
    Case{"{\"b\":1,\"a\":2}", "{\"a\": 2, \"b\": 1}", true},
    Case{"\"> 0\"", "\"> 0\"", true},
    Case{"\"\"", "", true},
};

} // namespace

BOOST_DATA_TEST_CASE(a_value_is_judged, data::make(table), one) {
    std::string why;
    BOOST_TEST(expr::matches(json::parse(one.actual, "actual"), one.expectation, why) == one.met);
    BOOST_TEST(why.empty() == one.met);
}

BOOST_AUTO_TEST_CASE(the_reason_names_the_expected_and_the_actual_value) {
    std::string why;
    expr::matches(json::parse("[1, 0]", "actual"), "all > 0", why);
    BOOST_TEST(why == "expected all > 0, at index 1: got 0");
    expr::matches(json::parse("\"5\"", "actual"), "> 0", why);
    BOOST_TEST(why == "expected > 0, got \"5\", which is of type string, not number");
}

BOOST_AUTO_TEST_CASE(a_malformed_expectation_is_a_usage_error) {
    for (auto const* text : {">", "== ", "/(/", "type strin", "length x", "all /(/"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_CHECK_THROW(expr::Expectation{text}, Error);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_value_may_be_expected_as_it_stands) {
    std::string why;
    BOOST_TEST(expr::Expectation::equal_to("> 0").met_by("> 0", why));
    BOOST_TEST(!expr::Expectation::equal_to("> 0").met_by(1, why));
    BOOST_TEST(!expr::Expectation::equal_to("5").met_by(5, why));
}

BOOST_AUTO_TEST_SUITE_END()
