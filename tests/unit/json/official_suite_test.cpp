// SPDX-License-Identifier: Apache-2.0
// The official tests of JSON Schema draft 7 (Debian's json-schema-test-suite) by the class that
// `schema:` of a smoke suite uses.
#include "error/error.hpp"
#include "fs/file.hpp"
#include "json/schema.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(json_official_suite)

using namespace slipway;

namespace {

fs::Path const suite{"/usr/share/json-schema-test-suite/tests/draft7"};

struct Tally {
    int passed = 0;
    int all = 0;
    int refused = 0;              // the schema was: a usage error, no verdict
    std::set<std::string> failed; // `file: group`, where a verdict was wrong
};

void judge_group(std::string const& file, json::Value const& group, Tally& tally) {
    std::optional<json::Schema> schema;
    try {
        schema.emplace(group.at("schema"), "schema.json");
    } catch (Error const& error) {
        BOOST_TEST((error.kind() == ErrorKind::usage), error.message());
    }
    for (auto const& one : group.at("tests")) {
        ++tally.all;
        if (!schema) {
            ++tally.refused;
        } else if (schema->check(one.at("data")).empty() == one.at("valid").get<bool>()) {
            ++tally.passed;
        } else {
            tally.failed.insert(file + ": " + group.at("description").get<std::string>());
        }
    }
}

Tally judge_all() {
    std::vector<fs::Path> files;
    for (auto const& entry : std::filesystem::recursive_directory_iterator{suite}) {
        if (entry.path().extension() == ".json") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    Tally tally;
    for (auto const& file : files) {
        for (auto const& group : json::parse(fs::read_file(file), file.string())) {
            judge_group(file.filename().string(), group, tally);
        }
    }
    return tally;
}

} // namespace

BOOST_AUTO_TEST_CASE(as_many_official_tests_pass_as_the_documents_say) {
    auto const tally = judge_all();
    BOOST_TEST(tally.all == 566);
    BOOST_TEST(tally.passed >= 528);
    BOOST_TEST(tally.refused <= 27); // loud: exit 2, never green
    std::set<std::string> const known{
        "bignum.json: integer",
        "content.json: validation of binary string-encoding",
        "content.json: validation of binary-encoded media type documents",
        "content.json: validation of string-encoded content based on media type",
        "ecmascript-regex.json: ECMA 262 regex non-compliance",
        "idn-hostname.json: validation of internationalized host names",
        "regex.json: validation of regular expressions"};
    for (auto const& failed : tally.failed) {
        BOOST_TEST((known.count(failed) == 1), failed);
    }
    auto const page = fs::read_file(fs::Path{SLIPWAY_SOURCE_DIR} / "docs" / "json-schema.md");
    auto const said = fmt::format("**{} of {}**", tally.passed, tally.all);
    BOOST_TEST((page.find(said) != std::string::npos), said);
}

BOOST_AUTO_TEST_CASE(what_the_library_tells_nothing_of_is_a_violation_too) {
    auto const violates = [](std::string_view schema, std::string_view document) {
        json::Schema const read{json::parse(schema, "schema.json"), "schema.json"};
        return !read.check(json::parse(document, "document.json")).empty();
    };
    BOOST_TEST(violates("false", "1"));
    BOOST_TEST(violates(R"({"propertyNames": {"maxLength": 1}})", R"({"ab": 1})"));
    BOOST_TEST(violates(R"({"propertyNames": false})", R"({"a": 1})"));
    BOOST_TEST(violates(R"({"$ref": "#/definitions/no", "definitions": {"no": false}})", "1"));
    BOOST_TEST(violates(R"({"type": "integer"})", "1.5"));
    BOOST_TEST(!violates(R"({"type": "integer"})", "1.0"));
}

BOOST_AUTO_TEST_CASE(formats_are_judged) {
    struct Row {
        std::string_view format;
        std::string_view good;
        std::string_view bad;
    };
    for (auto const& row :
         {Row{"uri", "https://user:a@example.com:8443/a?b=%20#c", "example.com"},
          Row{"uri", "http://[2001:db8::1]/", "http://2001:db8::1/"},
          Row{"email", "a.b+c@example.com", "a@b@c"},
          Row{"hostname", "shop.example.com", "-shop.example.com"},
          Row{"ipv4", "192.168.0.1", "192.168.0.256"},
          Row{"ipv6", "fe80::1", "fe80::1::2"},
          Row{"uuid", "550e8400-e29b-41d4-a716-446655440000", "550e8400"},
          Row{"date-time", "2026-01-31T10:00:00Z", "2026-01-31 10:00:00"}}) {
        json::Schema const schema{json::Value{{"format", row.format}}, "schema.json"};
        BOOST_TEST(schema.check(json::Value(row.good)).empty(), row.good);
        BOOST_TEST(!schema.check(json::Value(row.bad)).empty(), row.bad);
        BOOST_TEST(schema.check(json::Value(7)).empty()); // of strings alone
    }
}

BOOST_AUTO_TEST_SUITE_END()
