// SPDX-License-Identifier: Apache-2.0
#include "text_template.hpp"

#include "config/document.hpp"
#include "support/errors.hpp"
#include "text/escape.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(smoke_text_template)

using namespace slipway;
using json::Value;
using smoke_http::Template;

namespace {

std::optional<std::string> look_up(std::string const& name) {
    return name == "SET" ? std::optional<std::string>{"va{{lue}}"} : std::nullopt;
}

Template made(std::string_view text) {
    return Template{text, look_up, {"suite.yaml", 3, 1}};
}

} // namespace

BOOST_AUTO_TEST_CASE(placeholders_become_values) {
    Value const variables{{"a", "x"}, {"n", 7}, {"o", {{"k", true}}}};
    BOOST_TEST(made("{{a}}-{{ n }}-{{o}}").render(variables) == "x-7-{\"k\":true}");
    BOOST_TEST(made("$${{a}} $5 {}").render(variables) == "$x $5 {}");
    BOOST_TEST(made("").render(variables) == "");
}

BOOST_AUTO_TEST_CASE(the_value_of_a_variable_is_no_template) {
    BOOST_TEST(made("${SET}").render(Value::object()) == "va{{lue}}");
    BOOST_TEST(made("${SET}").names().empty());
    BOOST_TEST(made("{{a}}").render({{"a", "{{b}} ${SET}"}}) == "{{b}} ${SET}");
}

BOOST_AUTO_TEST_CASE(a_placeholder_alone_keeps_the_type) {
    BOOST_TEST((made("{{n}}").render_value({{"n", 7}}) == Value(7)));
    BOOST_TEST((made("{{n}} ").render_value({{"n", 7}}) == Value("7 ")));
    BOOST_TEST(made("{{n}}").is_one_value());
    BOOST_TEST(made("${SET}").is_one_value());
    BOOST_TEST(!made("a{{n}}").is_one_value());
    BOOST_TEST(!made("plain").is_one_value());
}

BOOST_AUTO_TEST_CASE(values_in_paths_are_encoded) {
    Value const variables{{"id", "a/../b?c#d e"}};
    BOOST_TEST(
        made("/x/{{id}}").render(variables, text::percent_encode) == "/x/a%2F..%2Fb%3Fc%23d%20e");
}

BOOST_AUTO_TEST_CASE(a_tree_renders_the_texts_at_any_depth) {
    auto const document =
        config::parse_yaml("a: ['{{x}}', {b: 'is {{y}}', 'c/d~e': '{{x}}'}]\nn: 1\n", "body.yaml");
    smoke_http::Tree const tree{config::Node{document}, look_up};
    auto const names = tree.names();
    BOOST_TEST(names.size() == 3U);
    BOOST_TEST(
        json::write(tree.render({{"x", 5}, {"y", "it"}})) ==
        "{\"a\":[5,{\"b\":\"is it\",\"c/d~e\":5}],\"n\":1}");
}

BOOST_AUTO_TEST_CASE(a_malformed_placeholder_is_told_with_its_place) {
    for (char const* const text : {"{{", "a {{b", "{{}}", "{{1a}}", "{{a-b}}", "{{a.b}}"}) {
        auto const error = support::error_of([&] { made(text); });
        BOOST_TEST((error.kind() == ErrorKind::usage), text);
        BOOST_TEST(error.message().starts_with("suite.yaml:3:1: "), error.message());
    }
}

BOOST_AUTO_TEST_SUITE_END()
