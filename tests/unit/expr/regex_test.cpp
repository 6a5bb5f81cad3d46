// SPDX-License-Identifier: Apache-2.0
#include "expr/regex.hpp"

#include "error/error.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(expr_regex)

using namespace slipway;
using expr::Regex;

BOOST_AUTO_TEST_CASE(a_part_and_the_whole_are_told_apart) {
    Regex const digits{"[0-9]+"};
    BOOST_TEST(digits.found_in("a12"));
    BOOST_TEST(!digits.matches("a12"));
    BOOST_TEST(digits.matches("12"));
}

BOOST_AUTO_TEST_CASE(slashes_may_carry_a_flag) {
    BOOST_TEST(Regex::between_slashes("/AbC/i")->found_in("xabcx"));
    BOOST_TEST(!Regex::between_slashes("/AbC/")->found_in("xabcx"));
    BOOST_TEST(Regex::between_slashes("//")->found_in(""));
    BOOST_TEST(!Regex::between_slashes("/").has_value());
    BOOST_TEST(!Regex::between_slashes("/api/health").has_value());
    BOOST_TEST(!Regex::between_slashes("/i").has_value());
}

BOOST_AUTO_TEST_CASE(groups_are_views_into_the_text) {
    auto const groups = Regex{"(\\w+)@(\\w+)(x)?"}.groups("to me@home");
    BOOST_REQUIRE(groups.size() == 4U);
    BOOST_TEST(groups[0] == "me@home");
    BOOST_TEST(groups[1] == "me");
    BOOST_TEST(groups[3] == "");
    BOOST_TEST(Regex{"x"}.groups("abc").empty());
}

BOOST_AUTO_TEST_CASE(a_malformed_pattern_is_a_usage_error) {
    for (std::string const& pattern :
         {std::string{"("},
          std::string{"(?=x)"},
          std::string(100'000, 'a'),
          std::string{"((a{1000}){1000}){1000}"}}) {
        BOOST_CHECK_EXCEPTION(Regex{pattern}, Error, [](Error const& error) {
            return error.kind() == ErrorKind::usage;
        });
    }
}

BOOST_AUTO_TEST_CASE(long_text_and_bytes_that_are_not_text_do_no_harm) {
    std::string const text(1'000'000, 'a');
    BOOST_TEST(!Regex{"(a*)*b"}.found_in(text));
    BOOST_TEST(!Regex{"b"}.found_in("\xFF\xFE"));
}

BOOST_AUTO_TEST_SUITE_END()
