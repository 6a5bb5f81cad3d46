// SPDX-License-Identifier: Apache-2.0
#include "config/document.hpp"

#include "fs/temp_folder.hpp"

#include <array>
#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(config_document)

using namespace slipway;
namespace data = boost::unit_test::data;

namespace {

struct Case {
    char const* yaml;
    char const* json;
};

std::ostream& operator<<(std::ostream& out, Case const& one) {
    return out << one.yaml;
}

std::array const scalars{
    Case{"no", "\"no\""},
    Case{"on", "\"on\""},
    Case{"yes", "\"yes\""},
    Case{"y", "\"y\""},
    Case{"True", "true"},
    Case{"FALSE", "false"},
    Case{"tRUE", "\"tRUE\""},
    Case{"~", "null"},
    Case{"null", "null"},
    Case{"\"null\"", "\"null\""},
    Case{"'5'", "\"5\""},
    Case{"5", "5"},
    Case{"-7", "-7"},
    Case{"+7", "7"},
    Case{"0x1F", "31"},
    Case{"0o17", "15"},
    Case{"0b11", "\"0b11\""},
    Case{"1_000", "\"1_000\""},
    Case{"12:30:45", "\"12:30:45\""},
    Case{"2026-01-31", "\"2026-01-31\""},
    Case{"1.5", "1.5"},
    Case{".5", "0.5"},
    Case{"5.", "5.0"},
    Case{"-1e3", "-1000.0"},
    Case{"1.2.3", "\"1.2.3\""},
    Case{"1e", "\"1e\""},
    Case{".", "\".\""},
    Case{"-", "[null]"},
    Case{"9223372036854775807", "9223372036854775807"},
    Case{"-9223372036854775808", "-9223372036854775808"},
    Case{"18446744073709551615", "18446744073709551615"},
    Case{"!!str 5", "\"5\""},
    Case{"!!int 5", "5"},
    Case{"|\n  a\n  b\n", "\"a\\nb\\n\""},
    Case{">\n  a\n  b\n", "\"a b\\n\""},
    Case{"", "null"},
    Case{"# only a comment\n", "null"},
    Case{"{a: [1, 'x', ], b: {}}", R"({"a": [1, "x"], "b": {}})"},
    Case{"200: ok\ntrue: x", R"({"200": "ok", "true": "x"})"},
    Case{"a: &x {b: 1}\nc: *x", R"({"a": {"b": 1}, "c": {"b": 1}})"},
    Case{
        "base: &b {x: 1, y: 2}\nc:\n  y: 3\n  <<: *b\n",
        R"({"base": {"x": 1, "y": 2}, "c": {"y": 3, "x": 1}})"},
    Case{
        "p: &p {x: 1}\nq: &q {x: 2, z: 3}\nc: {<<: [*p, *q]}",
        R"({"p": {"x": 1}, "q": {"x": 2, "z": 3}, "c": {"x": 1, "z": 3}})"},
    Case{"\"<<\": 1", R"({"<<": 1})"},
    Case{"--- \na: 1\n...\n", R"({"a": 1})"},
};

Error yaml_error(std::string_view text) {
    try {
        config::parse_yaml(text, "f.yaml");
    } catch (Error const& error) {
        BOOST_TEST((error.kind() == ErrorKind::usage));
        BOOST_TEST(error.message().starts_with("f.yaml"));
        return error;
    }
    return Error{ErrorKind::internal, "no error"};
}

} // namespace

BOOST_DATA_TEST_CASE(yaml_means_what_its_core_schema_says, data::make(scalars), one) {
    auto const document = config::parse_yaml(one.yaml, "f.yaml");
    BOOST_TEST(json::write(document.value()) == json::write(json::parse(one.json, "expected")));
}

BOOST_AUTO_TEST_CASE(a_fault_of_yaml_has_a_place) {
    BOOST_TEST(yaml_error("a: 1\nb: 2\na: 3").where().text() == "f.yaml:3:1");
    BOOST_TEST(yaml_error("a: 1\n  b: [").where().line == 2);
    BOOST_TEST(yaml_error("a: *nope").where().line == 1);
    BOOST_TEST(yaml_error("a: &x [*x]").where().text() == "f.yaml:1:8");
    BOOST_TEST(
        yaml_error("a: 1\n---\nb: 2").message().find("second document") != std::string::npos);
    BOOST_TEST(yaml_error("? [a]\n: 1").message().find("key must be") != std::string::npos);
    BOOST_TEST(yaml_error("~: 1").message().find("empty or null") != std::string::npos);
    BOOST_TEST(yaml_error("a: !env X").message().find("tag") != std::string::npos);
    BOOST_TEST(yaml_error("a: .inf").where().line == 1);
    BOOST_TEST(yaml_error("a: {<<: 5}").where().line == 1);
    BOOST_TEST(yaml_error("a: \xFF").message().find("UTF-8") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_billion_laughs_are_refused) {
    std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    std::string merges = "m0: &m0 {x: 1}\n";
    for (int i = 1; i < 12; ++i) {
        std::string const last = std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        merges += "m" + std::to_string(i) + ": &m" + std::to_string(i) + " {<<: [";
        for (int k = 0; k < 10; ++k) {
            bomb += (k == 0 ? "*a" : ", *a") + last;
            merges += (k == 0 ? "*m" : ", *m") + last;
        }
        bomb += "]\n";
        merges += "]}\n";
    }
    BOOST_TEST(yaml_error(bomb).message().find("100,000") != std::string::npos);
    BOOST_TEST(yaml_error(merges).message().find("100,000") != std::string::npos);
    BOOST_TEST(yaml_error(std::string(5'000, '[')).message().size() > 0U);
    BOOST_TEST(yaml_error(std::string(300, '[') + std::string(300, ']')).where().line == 1);
}

BOOST_AUTO_TEST_CASE(the_place_of_each_value_is_known) {
    auto const yaml = config::parse_yaml("a:\n  - x\n  - b/c: {d~e: 1}\n", "f.yaml");
    BOOST_TEST(yaml.where("/a/0").text() == "f.yaml:2:5");
    BOOST_TEST(yaml.where("/a/1/b~1c/d~0e").line == 3);
    BOOST_TEST(yaml.where("/a/1/nope").line == 3);
    BOOST_TEST(yaml.where("").line == 1);
    auto const keys = config::parse_yaml("a: &x {b: 1}\nc:\n  d: 2\ne: *x\n", "f.yaml");
    BOOST_TEST(keys.where("/c").text() == "f.yaml:2:1");
    BOOST_TEST(keys.where("/e").text() == "f.yaml:4:1");
    BOOST_TEST(keys.where("/a").text() == "f.yaml:1:4");
    auto const json =
        config::parse_json("{\"a\": [1,\n {\"b\\u002fc\": \"}\\\"\", \"d\":\n true}]}", "f.json");
    BOOST_TEST(json.where("/a/0").text() == "f.json:1:8");
    BOOST_TEST(json.where("/a/1/b~1c").text() == "f.json:2:15");
    BOOST_TEST(json.where("/a/1/d").text() == "f.json:3:2");
    BOOST_TEST(config::parse_json(" 5", "f.json").where("").column == 2);
    BOOST_TEST(config::parse_json("{ }", "f.json").value().empty());
    BOOST_TEST(config::parse_json("[ ]", "f.json").value().empty());
}

BOOST_AUTO_TEST_CASE(too_many_values_of_json_are_refused) {
    std::string text = "[0";
    for (int i = 0; i < 100'001; ++i) {
        text += ",0";
    }
    BOOST_CHECK_THROW(config::parse_json(text + "]", "f.json"), Error);
    BOOST_CHECK_THROW(config::parse_json("{\"a\":1,\"a\":2}", "f.json"), Error);
}

BOOST_AUTO_TEST_CASE(a_file_is_read_by_its_extension_else_by_its_content) {
    fs::TempFolder const folder{"config"};
    auto const load = [&](char const* name, std::string_view content) {
        fs::write_atomic(folder.path() / name, content);
        return json::write(config::load(folder.path() / name).value());
    };
    BOOST_TEST(load("a.yml", "a: no") == R"({"a":"no"})");
    BOOST_TEST(load("a.YAML", "{a: 1}") == R"({"a":1})");
    BOOST_TEST(load("a.json", "{\"a\": 1}") == R"({"a":1})");
    BOOST_TEST(load("plain", " {\"a\": 1}") == R"({"a":1})");
    BOOST_TEST(load("suite", "a: 1") == R"({"a":1})");
    BOOST_CHECK_THROW(load("b.json", "a: 1"), Error);
    BOOST_CHECK_THROW(config::load(folder.path() / "none.yaml"), Error);
}

BOOST_AUTO_TEST_SUITE_END()
