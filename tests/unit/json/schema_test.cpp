// SPDX-License-Identifier: Apache-2.0
#include "json/schema.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(json_schema)

using namespace slipway;

namespace {

json::Schema schema_of(std::string_view text) {
    return {json::parse(text, "schema.json"), "schema.json"};
}

std::string pointers(std::string_view schema, std::string_view document) {
    std::vector<std::string> out;
    for (auto const& violation : schema_of(schema).check(json::parse(document, "doc.json"))) {
        out.push_back(violation.pointer);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return text::join(out, " ");
}

} // namespace

BOOST_AUTO_TEST_CASE(a_document_that_conforms_has_no_violations) {
    auto const schema = schema_of(
        R"({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
            "required": ["a"], "properties": {"a": {"$ref": "#/definitions/n"}},
            "definitions": {"n": {"type": "integer", "minimum": 1}}})");
    BOOST_TEST(schema.check(json::parse(R"({"a": 1, "b": "x"})", "d")).empty());
    BOOST_TEST(!schema.check(json::parse(R"({"a": 0})", "d")).empty());
    BOOST_TEST(!schema.check(json::parse(R"({})", "d")).empty());
}

BOOST_AUTO_TEST_CASE(violations_name_their_place_by_pointer) {
    struct Row {
        std::string_view schema;
        std::string_view document;
        std::string_view place;
    };
    for (auto const& row :
         {Row{R"({"properties": {"a": {"items": {"type": "string"}}}})",
              R"({"a": ["x", 1]})",
              "/a/1"},
          Row{R"({"properties": {"a/b~c": {"type": "null"}}})", R"({"a/b~c": 1})", "/a~1b~0c"}}) {
        std::string const found = pointers(row.schema, row.document);
        BOOST_TEST_CONTEXT(found) {
            auto const all = text::split(found, ' ');
            BOOST_TEST((std::find(all.begin(), all.end(), row.place) != all.end()));
        }
    }
}

BOOST_AUTO_TEST_CASE(all_violations_are_told_not_the_first_alone) {
    auto const found = pointers(
        R"({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}})",
        R"({"a": 1, "b": 2})");
    BOOST_TEST(found.find("/a") != std::string::npos);
    BOOST_TEST(found.find("/b") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_not_draft_7_is_refused_and_not_a_green_check) {
    struct Row {
        std::string_view schema;
        std::string_view cause;
    };
    for (auto const& row :
         {Row{R"({"$schema": "https://json-schema.org/draft/2020-12/schema"})", "2020-12"},
          Row{R"({"$schema": "http://json-schema.org/draft-04/schema#"})", "draft-04"},
          Row{R"({"propertees": {}})", "/propertees"},
          Row{R"({"properties": {"a": {"unevaluatedProperties": false}}})",
              "/properties/a/unevaluatedProperties"},
          Row{R"({"items": [{"minimun": 1}]})", "/items/0/minimun"},
          Row{R"({"allOf": [{}, {"x": 1}]})", "/allOf/1/x"},
          Row{R"({"not": {"x": 1}})", "/not/x"},
          Row{R"({"definitions": {"d": {"x": 1}}})", "/definitions/d/x"},
          Row{R"({"dependencies": {"a": {"x": 1}}})", "/dependencies/a/x"},
          Row{R"({"dependentRequired": {}})", "/dependentRequired"},
          Row{R"({"properties": {"a": 3}})", "/properties/a"},
          Row{R"([])", "schema.json"},
          Row{R"({"type": "strnig"})", "schema.json"},
          Row{R"({"$ref": "#/definitions/absent"})", "schema.json"}}) {
        BOOST_TEST_CONTEXT(row.schema) {
            BOOST_CHECK_EXCEPTION(schema_of(row.schema), Error, [&](Error const& error) {
                return error.kind() == ErrorKind::usage &&
                       error.message().find(row.cause) != std::string::npos;
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(keywords_that_are_names_of_properties_are_no_keywords) {
    BOOST_CHECK_NO_THROW(schema_of(R"({"properties": {"anything": true}, "required": ["x"]})"));
    BOOST_CHECK_NO_THROW(schema_of(R"({"const": {"anything": 1}, "enum": [{"x": 1}]})"));
    BOOST_CHECK_NO_THROW(schema_of(R"({"dependencies": {"a": ["x", "y"]}})"));
}

BOOST_AUTO_TEST_CASE(a_text_too_long_to_be_matched_does_not_conform_and_ends_no_process) {
    std::string const text(200'000, 'a');
    for (std::string_view const pattern : {"^[a-z]*$", "^([a-z]|[0-9])*$", "(a|b)*c"}) {
        json::Value const schema{
            {"properties", {{"a", {{"type", "string"}, {"pattern", pattern}}}}}};
        BOOST_TEST(!json::Schema(schema, "s").check(json::Value{{"a", text}}).empty());
        // Where no pattern applies, any length does.
        BOOST_TEST(json::Schema(schema, "s").check(json::Value{{"b", text}}).empty());
        BOOST_TEST(json::Schema(schema, "s").check(json::Value{{"a", 3}}).size() > 0U);
    }
    BOOST_TEST(schema_of(R"({"pattern": "^([a-z]|[0-9])*$"})")
                   .check(json::Value(std::string(2000, 'a')))
                   .empty());
    BOOST_TEST(
        schema_of(R"({"pattern": "^a", "allOf": [{"minLength": 3}]})")
            .check(json::Value("ab"))
            .size() > 0U);
    BOOST_TEST(!schema_of(R"({"pattern": "^a"})").check(json::Value("b")).empty());
    BOOST_TEST(schema_of(R"({"pattern": "^a"})").check(json::Value(3)).empty());
    BOOST_TEST(!schema_of(R"({"format": "date-time"})").check(json::Value(text)).empty());
    BOOST_TEST(!schema_of(R"({"patternProperties": {"^(a|b)*$": true}})")
                    .check(json::Value{{text, 1}})
                    .empty());
}

BOOST_AUTO_TEST_CASE(properties_named_like_keywords_of_matching_are_left_alone) {
    auto const schema = schema_of(
        R"({"properties": {"pattern": {"type": "string"}, "format": {"const": {"pattern": "x"}}}})");
    BOOST_TEST(
        schema.check(json::parse(R"({"pattern": "[", "format": {"pattern": "x"}})", "d")).empty());
    BOOST_TEST(!schema.check(json::parse(R"({"pattern": 1})", "d")).empty());
    BOOST_TEST(!schema.check(json::parse(R"({"format": {}})", "d")).empty());
}

BOOST_AUTO_TEST_CASE(a_schema_may_be_moved) {
    auto first = schema_of(R"({"type": "string"})");
    json::Schema second{std::move(first)};
    BOOST_TEST(second.check(json::Value(1)).size() == 1U);
    second = schema_of(R"({"type": "integer"})");
    BOOST_TEST(second.check(json::Value(1)).empty());
}

BOOST_AUTO_TEST_SUITE_END()
