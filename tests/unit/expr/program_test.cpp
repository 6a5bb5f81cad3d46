// SPDX-License-Identifier: Apache-2.0
#include "expr/program.hpp"

#include "error/error.hpp"
#include "expr/compare.hpp"

#include <chrono>
#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(expr_program)

using namespace slipway;
namespace data = boost::unit_test::data;

namespace {

json::Value const input = json::parse(
    R"({"a": {"b": [10, 20, {"c": "x"}]}, "quoted key": 1, "big": 9007199254740993,
        "huge": 18446744073709551615, "n": null, "t": true, "s": "5", "list": [3, 1, 2]})",
    "input");
json::Value const variables = json::parse(R"({"id": {"x": 7}, "name": "Zoë"})", "variables");

struct Case {
    char const* expression;
    char const* expected;
    bool plain = true;
};

std::ostream& operator<<(std::ostream& out, Case const& one) {
    return out << one.expression;
}

std::array const table{
    Case{".a.b[0]", "10"},
    Case{".a.b[-1].c", "\"x\""},
    Case{".[\"a\"][\"b\"][1]", "20"},
    Case{".\"quoted key\"", "1"},
    Case{".[\"quoted key\"]", "1"},
    Case{".a.\"b\"[2][\"c\"]", "\"x\""},
    Case{".a.b[9]", "null"},
    Case{".nope.at.all", "null"},
    Case{".n[0]", "null"},
    Case{" .t ", "true"},
    Case{".big", "9007199254740993"},
    Case{".big == 9007199254740993", "true"},
    Case{".big == 9007199254740992", "false"},
    Case{".huge > 18446744073709551614", "true"},
    Case{".huge >= 1.5", "true"},
    Case{".a.b[0] < .a.b[1]", "true"},
    Case{".s == 5", "false"},
    Case{".s==\"5\"", "true"},
    Case{".n == null", "true"},
    Case{".t != false", "true"},
    Case{"$id.x", "7"},
    Case{"$name == \"Zoë\"", "true"},
    Case{".a.b[0] > $id.x", "true"},
    Case{".list | length", "3", false},
    Case{".list | sort | .[0]", "1", false},
    Case{".list[]", "3", false},
    Case{"[.list[] | select(. > 1)]", "[3,2]", false},
    Case{".list | any(. == 3)", "true", false},
    Case{"empty", "null", false},
    Case{".t and (.n | not)", "true", false},
    Case{"$name + \"!\" # a comment", "\"Zoë!\"", false},
    Case{"def f: 2; f + $id.x", "9", false},
    Case{".a.b[2]?.c?", "\"x\"", false},
    Case{"\"\\(.s)-\\(.t)\"", "\"5-true\"", false},
    Case{"1.5 + 2", "3.5", false},
    Case{"{b: .s, a: [.t, null]}", R"({"a":[true,null],"b":"5"})", false},
    Case{".s | debug | stderr", "\"5\"", false},
};

std::string message_of(std::string const& expression) {
    try {
        auto const program = expr::compile({".a", expression, ".list | length"}, {"id", "name"});
        return json::write(program.evaluate(1, input, variables));
    } catch (Error const& error) {
        return std::string{name(error.kind())} + ": " + error.message();
    }
}

} // namespace

BOOST_DATA_TEST_CASE(an_expression_has_a_value, data::make(table), one) {
    auto const program = expr::compile({one.expression}, {"id", "name"});
    BOOST_TEST(program.is_plain(0) == one.plain);
    auto const value = program.evaluate(0, input, variables);
    BOOST_TEST(expr::equal(value, json::parse(one.expected, "expected")), json::write(value));
}

BOOST_AUTO_TEST_CASE(all_expressions_are_one_program) {
    std::vector<std::string> expressions;
    for (auto const& one : table) {
        expressions.emplace_back(one.expression);
    }
    auto const program = expr::compile(expressions, {"id", "name"});
    for (int round = 0; round < 2; ++round) {
        for (std::size_t i = 0; i < table.size(); ++i) {
            auto const value = program.evaluate(i, input, variables);
            BOOST_TEST(
                expr::equal(value, json::parse(table[i].expected, "expected")),
                table[i].expression << ": " << json::write(value));
        }
    }
    BOOST_TEST(program.size() == table.size());
}

BOOST_AUTO_TEST_CASE(all_outputs_are_returned) {
    auto const program = expr::compile({".list[]", "empty", ".s"});
    BOOST_TEST(program.evaluate_all(0, input, {}).size() == 3U);
    BOOST_TEST(program.evaluate_all(1, input, {}).empty());
    BOOST_TEST(program.evaluate_all(2, input, {}).size() == 1U);
}

BOOST_AUTO_TEST_CASE(endless_outputs_are_bounded) {
    auto const program = expr::compile({"repeat(1)", "1 + 1"});
    BOOST_TEST(program.evaluate_all(0, {}, {}).size() == 100'000U);
    BOOST_TEST(program.evaluate(1, {}, {}) == 2);
}

BOOST_AUTO_TEST_CASE(the_environment_and_further_input_are_out_of_reach) {
    for (auto const* expression :
         {"$ENV.PATH",
          "env.PATH",
          "env",
          "input",
          "[inputs]",
          "input_filename",
          "halt",
          "halt_error",
          "\"a\" | modulemeta",
          "get_search_list"}) {
        BOOST_TEST_CONTEXT(expression) {
            BOOST_TEST(message_of(expression).starts_with("failed: "));
        }
    }
    BOOST_TEST(message_of("$ENV | tostring").find("not available") != std::string::npos);
    BOOST_TEST(message_of("import \"a\" as a; .").starts_with("usage: "));
}

BOOST_AUTO_TEST_CASE(a_wrong_expression_is_named_with_its_cause) {
    BOOST_TEST(
        message_of(".a | nope(1)") ==
        "usage: the expression .a | nope(1) is wrong: nope/1 is not defined");
    BOOST_TEST(message_of(".a |").starts_with("usage: the expression .a | is wrong: syntax error"));
    BOOST_TEST(message_of("(1").starts_with("usage: the expression (1 is wrong: "));
    BOOST_TEST(message_of("").starts_with("usage: the expression  is wrong: "));
    BOOST_TEST(
        message_of("$missing | length") ==
        "usage: the expression $missing | length is wrong: $missing is not defined");
    BOOST_TEST(
        message_of("$missing.x") ==
        "usage: the expression $missing.x is wrong: $missing is not defined");
}

BOOST_AUTO_TEST_CASE(an_expression_that_does_not_fit_the_input_fails) {
    BOOST_TEST(message_of(".s.x") == "failed: .s.x: cannot index string with \"x\"");
    BOOST_TEST(message_of(".a[0]") == "failed: .a[0]: cannot index object with a number");
    BOOST_TEST(message_of(".s | keys").starts_with("failed: .s | keys: "));
    auto const program = expr::compile({"$id", "$id | length"}, {"id"});
    BOOST_CHECK_THROW((void)program.evaluate(0, input, json::Value::object()), Error);
    BOOST_CHECK_THROW((void)program.evaluate(1, input, json::Value::object()), Error);
}

BOOST_AUTO_TEST_CASE(names_that_are_no_names_are_refused) {
    BOOST_CHECK_THROW(expr::compile({".a"}, {"a b"}), Error);
    BOOST_CHECK_THROW(expr::compile({".a"}, {"ENV"}), Error);
    BOOST_CHECK_THROW(expr::compile({".a"}, {"__in"}), Error);
}

BOOST_AUTO_TEST_CASE(two_hundred_expressions_take_one_compilation) {
    std::vector<std::string> expressions;
    for (int i = 0; i < 200; ++i) {
        expressions.push_back(".list | map(. + " + std::to_string(i) + ") | add");
    }
    auto const start = std::chrono::steady_clock::now();
    auto const program = expr::compile(expressions);
    BOOST_TEST(program.evaluate(199, input, {}) == 603);
    // One by one they would take over four seconds.
    BOOST_TEST((std::chrono::steady_clock::now() - start < std::chrono::seconds{2}));
}

BOOST_AUTO_TEST_CASE(numbers_are_ordered_by_their_exact_value) {
    auto const less = [](char const* a, char const* b) {
        return expr::compare(json::parse(a, "a"), json::parse(b, "b")) < 0 &&
               expr::compare(json::parse(b, "b"), json::parse(a, "a")) > 0;
    };
    BOOST_TEST(less("-1", "18446744073709551615"));
    BOOST_TEST(less("9223372036854775807", "9223372036854775808.0"));
    BOOST_TEST(less("9007199254740992.0", "9007199254740993"));
    BOOST_TEST(less("-0.5", "0"));
    BOOST_TEST(less("-1", "-0.5"));
    BOOST_TEST(less("1e300", "[1]"));
    BOOST_TEST(less("18446744073709551615", "1e20"));
    BOOST_TEST(less("-1e20", "-9223372036854775808"));
    BOOST_TEST(less("null", "false"));
    BOOST_TEST(less("{\"a\":1}", "{\"b\":0}"));
    BOOST_TEST(less("[1,2]", "[1,2,0]"));
    BOOST_TEST(expr::equal(json::parse("1.0", "a"), json::parse("1", "b")));
    BOOST_TEST(expr::equal(
        json::parse(R"({"a":1,"b":[2]})", "a"), json::parse(R"({"b":[2.0],"a":1})", "b")));
}

BOOST_AUTO_TEST_SUITE_END()
