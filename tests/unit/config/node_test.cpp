// SPDX-License-Identifier: Apache-2.0
#include "config/node.hpp"

#include "config/expand.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(config_node)

using namespace slipway;
using namespace std::chrono_literals;

namespace {

config::Document const document = config::parse_yaml(
    R"(name: shop
count: 3
ratio: 0.5
enabled: true
wait: 1m30s
pause: 2
steps:
  - id: one
    tags: [a, b]
  - id: two
    tags: c
    colour: red
headers: {accept: json, x: y}
nothing: ~
"odd": no
)",
    "suite.yaml");

template <typename Act>
Error error_of(Act const& act) {
    try {
        act();
    } catch (Error const& error) {
        BOOST_TEST((error.kind() == ErrorKind::usage));
        return error;
    }
    return Error{ErrorKind::internal, "no error"};
}

std::optional<std::string> lookup(std::string const& name) {
    return name == "HOST" ? std::optional<std::string>{"db$HOST"} : std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_CASE(members_are_read_with_their_types) {
    config::Node const root{document};
    BOOST_TEST(root.text("name").value() == "shop");
    BOOST_TEST(root.required_text("name") == "shop");
    BOOST_TEST(root.integer("count").value() == 3);
    BOOST_TEST(root.number("ratio").value() == 0.5);
    BOOST_TEST(root.number("count").value() == 3.0);
    BOOST_TEST(root.boolean("enabled").value());
    BOOST_TEST((root.duration("wait") == 90s));
    BOOST_TEST((root.duration("pause") == 2s));
    BOOST_TEST(!root.text("nothing").has_value());
    BOOST_TEST(!root.text("missing").has_value());
    BOOST_TEST(root.text("odd").value() == "no");
    BOOST_TEST(root.map("headers").size() == 2U);
    BOOST_TEST(root.map("headers")[1].second.as_text() == "y");
    BOOST_TEST(root.list("missing").empty());
    auto const steps = root.list("steps");
    BOOST_REQUIRE(steps.size() == 2U);
    BOOST_TEST(steps[0].texts("tags").size() == 2U);
    BOOST_TEST(steps[1].texts("tags").size() == 1U);
    BOOST_TEST(steps[1].pointer() == "/steps/1");
    BOOST_TEST(steps[1].where().text() == "suite.yaml:10:5");
}

BOOST_AUTO_TEST_CASE(a_wrong_type_is_named_with_its_place) {
    config::Node const root{document};
    BOOST_TEST(error_of([&] {
                   (void)root.text("count");
               }).message() == "suite.yaml:2:8: count: expected a string, got a number");
    BOOST_TEST(error_of([&] { (void)root.integer("ratio"); }).where().text() == "suite.yaml:3:8");
    BOOST_TEST(
        error_of([&] { (void)root.boolean("odd"); }).hint().find("strings") != std::string::npos);
    BOOST_TEST(error_of([&] { (void)root.duration("name"); }).where().line == 1);
    BOOST_TEST(error_of([&] { (void)root.list("headers"); }).where().line == 13);
    BOOST_TEST(error_of([&] { (void)root.map("steps"); }).where().line == 7);
    BOOST_TEST(error_of([&] {
                   (void)root.required_text("title");
               }).message() == "suite.yaml:1:1: the document: \"title\" is missing");
    auto const step = root.list("steps")[0];
    BOOST_TEST(error_of([&] {
                   (void)step.required("url");
               }).message() == "suite.yaml:8:5: steps[0]: \"url\" is missing");
    BOOST_TEST(error_of([&] { (void)step.find("id")->find("x"); }).where().line == 8);
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_refused_with_the_nearest_one) {
    auto const step = config::Node{document}.list("steps")[1];
    Error const error = error_of([&] { step.only_keys({"id", "tags", "color"}); });
    BOOST_TEST(error.message() == "suite.yaml:12:13: steps[1]: unknown key \"colour\"");
    BOOST_TEST(error.hint() == "Did you mean \"color\"?");
    BOOST_TEST(error_of([&] { step.only_keys({"id", "tags"}); }).hint() == "Known here: id, tags.");
    BOOST_CHECK_NO_THROW(step.only_keys({"id", "tags", "colour"}));
}

BOOST_AUTO_TEST_CASE(variables_are_expanded_once) {
    Where const where{"suite.yaml", 7, 0};
    BOOST_TEST(config::expand("pg://${HOST}/x", lookup, where) == "pg://db$HOST/x");
    BOOST_TEST(config::expand("${NOPE:-a:-b}c", lookup, where) == "a:-bc");
    BOOST_TEST(config::expand("${NOPE:-}", lookup, where) == "");
    BOOST_TEST(config::expand("$${HOST} $$ $5 $", lookup, where) == "${HOST} $ $5 $");
    BOOST_TEST(config::expand("{{token}}", lookup, where) == "{{token}}");
}

BOOST_AUTO_TEST_CASE(a_variable_without_a_value_is_named_with_its_place) {
    Where const where{"suite.yaml", 7, 0};
    Error const error = error_of([&] { config::expand("a${NOPE}", lookup, where); });
    BOOST_TEST(error.message() == "suite.yaml:7: the variable NOPE is not set");
    BOOST_TEST(error.where().line == 7);
    for (auto const* text : {"${", "${}", "${a b}", "${5}", "${HOST"}) {
        BOOST_TEST(error_of([&] { config::expand(text, lookup, where); }).where().line == 7);
    }
}

BOOST_AUTO_TEST_SUITE_END()
