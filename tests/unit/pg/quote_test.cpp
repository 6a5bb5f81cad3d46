// SPDX-License-Identifier: Apache-2.0
#include "pg/quote.hpp"

#include "error/error.hpp"
#include "pg/copy.hpp"
#include "pg/param.hpp"
#include "support/errors.hpp"

#include <cmath>
#include <limits>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(pg_quote)

using namespace slipway;
using support::error_of;

BOOST_AUTO_TEST_CASE(identifiers_double_their_quotes) {
    BOOST_TEST(pg::quote_identifier("users") == "\"users\"");
    BOOST_TEST(pg::quote_identifier("we\"ird") == "\"we\"\"ird\"");
    BOOST_TEST(pg::qualified("public", "a.b") == "\"public\".\"a.b\"");
    BOOST_TEST(pg::qualified("", "t") == "\"t\"");
}

BOOST_AUTO_TEST_CASE(literals_double_quotes_and_escape_backslashes) {
    BOOST_TEST(pg::quote_literal("it's") == "'it''s'");
    BOOST_TEST(pg::quote_literal("a\\'b") == " E'a\\\\''b'");
}

BOOST_AUTO_TEST_CASE(a_zero_byte_or_an_empty_identifier_is_refused) {
    using namespace std::string_literals;
    BOOST_TEST((error_of([] { pg::quote_identifier("a\0b"s); }).kind() == ErrorKind::usage));
    BOOST_TEST((error_of([] { pg::quote_literal("a\0b"s); }).kind() == ErrorKind::usage));
    BOOST_TEST((error_of([] { pg::quote_identifier(""); }).kind() == ErrorKind::usage));
}

BOOST_AUTO_TEST_CASE(parameters_are_spelt_as_the_server_reads_them) {
    BOOST_TEST(pg::Param{42}.value().value() == "42");
    BOOST_TEST(pg::Param{std::int64_t{-9'000'000'000}}.value().value() == "-9000000000");
    BOOST_TEST(pg::Param{true}.value().value() == "t");
    BOOST_TEST(pg::Param{0.1}.value().value() == "0.1");
    BOOST_TEST(pg::Param{std::numeric_limits<double>::infinity()}.value().value() == "Infinity");
    BOOST_TEST(pg::Param{std::nan("")}.value().value() == "NaN");
    BOOST_TEST(pg::Param{"text"}.value().value() == "text");
    BOOST_TEST(!pg::Param{nullptr}.value().has_value());
    BOOST_TEST(!pg::Param{std::optional<int>{}}.value().has_value());
    BOOST_TEST(pg::Param{std::optional<std::string>{"x"}}.value().value() == "x");
}

BOOST_AUTO_TEST_CASE(text_arrays_quote_every_element) {
    std::vector<std::string> const elements{"a", "b,c", "q\"\\", "", "null"};
    BOOST_TEST(pg::text_array(elements).value().value() == R"({"a","b,c","q\"\\","","null"})");
    BOOST_TEST(pg::text_array({}).value().value() == "{}");
}

BOOST_AUTO_TEST_CASE(copy_fields_escape_what_divides_rows_and_fields) {
    BOOST_TEST(pg::copy_field("a\tb\nc\\d\r") == "a\\tb\\nc\\\\d\\r");
}

BOOST_AUTO_TEST_SUITE_END()
