// SPDX-License-Identifier: Apache-2.0
// Suites as people write them, and what is said of the wrong ones.
#include "read_suite.hpp"

#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "support/errors.hpp"

#include <array>
#include <ostream>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(smoke_read_suite)

using namespace slipway;
namespace data = boost::unit_test::data;

namespace {

class Site {
public:
    smoke_http::Suite read(std::string_view text) {
        file = folder_.path() / "suite.yaml";
        fs::write_atomic(file, text);
        smoke_http::Reading const reading{
            base_url,
            variables,
            tags,
            [this](std::string const& name) -> std::optional<std::string> {
                auto const found = environment.find(name);
                return found == environment.end() ? std::nullopt : std::optional{found->second};
            },
            redactor};
        return smoke_http::read_suite(file, reading);
    }

    std::string base_url = "http://host/";
    std::map<std::string, std::string> variables;
    std::map<std::string, std::string> environment;
    std::vector<std::string> tags;
    secret::Redactor redactor;
    fs::Path file;

private:
    fs::TempFolder folder_{"slipway-suite-"};
};

std::string ids(std::vector<smoke_http::Step> const& steps) {
    std::string out;
    for (auto const& step : steps) {
        out += (out.empty() ? "" : " ") + step.id;
    }
    return out;
}

struct Wrong {
    char const* text;
    int line;
    char const* message;
    char const* hint;
};

std::ostream& operator<<(std::ostream& out, Wrong const& one) {
    return out << one.text;
}

std::array const wrong_suites{
    Wrong{"steps: []\n", 1, "the suite has no steps", "always pass"},
    Wrong{"name: x\n", 1, "the suite has no steps", ""},
    Wrong{"stesp:\n- {id: a, get: /}\n", 1, "unknown key \"stesp\"", "Did you mean \"steps\"?"},
    Wrong{"steps:\n- {id: a, gett: /}\n", 2, "unknown key \"gett\"", "Did you mean \"get\"?"},
    Wrong{"steps:\n- get: /\n", 2, "\"id\" is missing", ""},
    Wrong{"steps:\n- id: a\n", 2, "says not what to do", "get, post"},
    Wrong{"steps:\n- {id: a, get: /, post: /}\n", 2, "several things: get, post", ""},
    Wrong{"steps:\n- {id: a, get: /}\n- {id: a, get: /}\n", 3, "two steps of that id", ""},
    Wrong{
        "steps:\n- id: a\n  sql: select 1\n  headers: {a: b}\n",
        4,
        "unknown key \"headers\"",
        ""},
    Wrong{
        "steps:\n- id: a\n  get: /\n  expect:\n    statuss: 200\n",
        5,
        "unknown key \"statuss\"",
        "\"status\""},
    Wrong{
        "steps:\n- id: a\n  get: /\n  expect:\n    status: 99\n",
        5,
        "\"99\" is no HTTP status",
        "2xx"},
    Wrong{"steps:\n- id: a\n  get: /\n  expect:\n    latency: fast\n", 5, "no limit", "< 800ms"},
    Wrong{"steps:\n- id: a\n  get: /\n  expect:\n    jq:\n      .a: /(/\n", 6, "(", ""},
    Wrong{"steps:\n- id: a\n  get: /\n  expect:\n    jq:\n      .a[: 1\n", 6, ".a[", ""},
    Wrong{"steps:\n- id: a\n  get: /\n  expect:\n    jq:\n      .a: type text\n", 6, "no type", ""},
    Wrong{"steps:\n- id: a\n  get: /\n  expect:\n    value: 1\n", 5, "unknown key \"value\"", ""},
    Wrong{"steps:\n- id: a\n  get: /\n  expect: {schema: no.json}\n", 4, "no.json", ""},
    Wrong{"steps:\n- id: a\n  get: /\n  needs: [b]\n", 4, "no step before this one is b", ""},
    Wrong{
        "steps:\n- {id: login, get: /}\n- id: a\n  get: /\n  needs: logni\n",
        5,
        "no step before this one is logni",
        "Did you mean login?"},
    Wrong{
        "steps:\n- id: a\n  get: /\n  capture: {token: .t}\n- id: b\n  get: /\n  bearer: "
        "\"{{tokn}}\"\n",
        5,
        "captures {{tokn}}",
        "Did you mean token?"},
    Wrong{"steps:\n- id: a\n  get: /{{b\n", 3, "not closed", "{{name}}"},
    Wrong{"steps:\n- id: a\n  get: /{{b c}}\n", 3, "names no variable", ""},
    Wrong{"steps:\n- id: a\n  get: /${NOPE}\n", 3, "NOPE is not set", "${NOPE:-default}"},
    Wrong{"steps:\n- id: a\n  get: /\n  json: {a: {b: \"${NOPE}\"}}\n", 4, "NOPE is not set", ""},
    Wrong{"steps:\n- id: a\n  get: /\n  capture: {a-b: .c}\n", 4, "no name for a variable", ""},
    Wrong{"steps:\n- id: a\n  get: /\n  capture: {a: {}}\n", 4, "one source", ""},
    Wrong{"steps:\n- id: a\n  post: /\n  json: {}\n  body: x\n", 2, "several bodies", ""},
    Wrong{"steps:\n- id: a\n  burst: {request: {get: /}, count: 1}\n", 3, "from 2 to 10000", ""},
    Wrong{"steps:\n- id: a\n  burst: {request: {}, count: 9}\n", 3, "names no method", ""},
    Wrong{"steps:\n- id: a\n  get: /\n  severity: grave\n", 2, "severity is no grave", "critical"},
    Wrong{
        "steps:\n- id: a\n  get: /\n  basic: {user: a, password: b}\n  aws_sigv4: {service: s3}\n",
        2,
        "several credentials",
        "aws_sigv4"},
    Wrong{
        "steps:\n- id: a\n  get: /\n  aws_sigv4: {service: s3, access_key_id: a}\n",
        4,
        "an access_key_id and a secret_access_key",
        "neither"},
    Wrong{"steps:\n- id: a\n  get: /\n  aws_sigv4: {region: x}\n", 4, "\"service\" is missing", ""},
    Wrong{
        "steps:\n- id: a\n  get: /\n  aws_sigv4: {service: s3}\n  follow_redirects: true\n",
        5,
        "redirects of a signed request",
        ""},
    Wrong{"steps:\n- just text\n", 2, "a step is a map", ""},
    Wrong{"steps: {a: 1}\n", 1, "a list", ""},
    Wrong{"steps:\n- {id: a, get: /}\n  x: [\n", 3, "", ""},
};

} // namespace

BOOST_DATA_TEST_CASE(a_wrong_suite_is_told_with_file_and_line, data::make(wrong_suites), one) {
    Site site;
    auto const error = support::error_of([&] { site.read(one.text); });
    BOOST_TEST((error.kind() == ErrorKind::usage), error.message());
    BOOST_TEST(error.where().file == site.file.string());
    BOOST_TEST(error.where().line == one.line, error.message());
    BOOST_TEST(error.message().find(one.message) != std::string::npos, error.message());
    BOOST_TEST(error.hint().find(one.hint) != std::string::npos, error.hint());
}

BOOST_AUTO_TEST_CASE(a_path_without_a_base_url_is_refused_and_a_whole_url_is_not) {
    Site site;
    site.base_url = "";
    auto const error = support::error_of([&] { site.read("steps:\n- {id: a, get: /x}\n"); });
    BOOST_TEST(error.message().find("no base URL for /x") != std::string::npos, error.message());
    BOOST_TEST(site.read("steps:\n- {id: a, get: http://other/x}\n").steps.size() == 1U);
    BOOST_TEST(site.read("steps:\n- {id: a, sql: select 1}\n").steps.size() == 1U);
}

BOOST_AUTO_TEST_CASE(tags_choose_steps_and_what_they_need_and_take_values_from) {
    Site site;
    constexpr std::string_view text =
        "setup:\n- {id: before, get: /}\n"
        "steps:\n"
        "- {id: login, post: /, capture: {token: .t}}\n"
        "- {id: other, get: /, tags: [a]}\n"
        "- {id: make, post: /, capture: {id: .id}}\n"
        "- {id: check, get: \"/{{id}}\", tags: [b], needs: [prepare]}\n"
        "teardown:\n- {id: after, get: /}\n";
    auto with_prepare = std::string{text};
    with_prepare.replace(
        with_prepare.find("- {id: other"), 0, "- {id: prepare, get: /, bearer: \"{{token}}\"}\n");
    site.tags = {"b"};
    auto const suite = site.read(with_prepare);
    BOOST_TEST(ids(suite.setup) == "before");
    BOOST_TEST(ids(suite.steps) == "login prepare make check");
    BOOST_TEST(ids(suite.teardown) == "after");
}

BOOST_AUTO_TEST_CASE(a_tag_that_matches_nothing_is_an_error_that_names_the_tags) {
    Site site;
    site.tags = {"nope"};
    auto const error =
        support::error_of([&] { site.read("steps:\n- {id: a, get: /, tags: [one, two]}\n"); });
    BOOST_TEST((error.kind() == ErrorKind::usage));
    BOOST_TEST(error.message() == "no step has the tag nope");
    BOOST_TEST(error.hint() == "The suite's tags are one, two.");
}

BOOST_AUTO_TEST_CASE(a_variable_of_a_step_that_is_not_chosen_need_not_be_set) {
    Site site;
    site.tags = {"a"};
    auto const suite =
        site.read("steps:\n- {id: a, get: /, tags: a}\n- {id: b, get: \"/${NOPE}\"}\n");
    BOOST_TEST(ids(suite.steps) == "a");
}

BOOST_AUTO_TEST_CASE(secrets_of_variables_and_of_literal_bodies_are_taught) {
    Site site;
    site.environment["SMOKE_PASSWORD"] = "from the environment";
    site.variables["token"] = "given-on-the-line";
    site.read(
        "steps:\n- id: a\n  post: /\n  json: {password: literal-one, x: \"${SMOKE_PASSWORD}\"}\n");
    for (char const* const secret : {"from the environment", "given-on-the-line", "literal-one"}) {
        BOOST_TEST(site.redactor.redact(secret) == "***", secret);
    }
}

BOOST_AUTO_TEST_CASE(defaults_are_overridden_by_the_step) {
    Site site;
    auto const suite =
        site.read("defaults: {timeout: 3s, retries: 2, headers: {Accept: a, X-One: \"1\"}}\n"
                  "steps:\n"
                  "- {id: a, get: /}\n"
                  "- {id: b, get: /, timeout: 1s, retries: 0, headers: {accept: b}}\n");
    auto const& a = suite.steps.at(0);
    auto const& b = suite.steps.at(1);
    BOOST_TEST(a.timeout.count() == 3000);
    BOOST_TEST(a.retries == 2);
    BOOST_TEST(a.request.headers.size() == 2U);
    BOOST_TEST(b.timeout.count() == 1000);
    BOOST_TEST(b.retries == 0);
    BOOST_TEST(b.request.headers.size() == 2U);
    BOOST_TEST(b.request.headers.at(1).first == "accept");
    BOOST_TEST(suite.base_url == "http://host");
}

BOOST_AUTO_TEST_CASE(the_signature_of_the_defaults_is_that_of_steps_without_credentials) {
    Site site;
    site.environment["AWS_SECRET_ACCESS_KEY"] = "the-secret-of-the-key";
    auto const suite =
        site.read("defaults:\n"
                  "  aws_sigv4: {service: s3, access_key_id: ID,"
                  " secret_access_key: \"${AWS_SECRET_ACCESS_KEY}\"}\n"
                  "steps:\n"
                  "- {id: a, get: /}\n"
                  "- {id: b, get: /, bearer: token-of-b}\n"
                  "- {id: c, get: /, aws_sigv4: false, follow_redirects: true}\n"
                  "- {id: d, get: /, aws_sigv4: {service: execute-api, region: eu-west-1}}\n"
                  "- {id: e, burst: {request: {get: /}, count: 2}, expect: {some_status: 429}}\n");
    auto const value = json::Value::object();
    auto const& steps = suite.steps;
    BOOST_TEST(steps.at(0).request.aws->service.render(value) == "s3");
    BOOST_TEST(!steps.at(1).request.aws);
    BOOST_TEST(!steps.at(2).request.aws);
    BOOST_TEST(steps.at(3).request.aws->region->render(value) == "eu-west-1");
    BOOST_TEST(!steps.at(3).request.aws->access_key_id);
    BOOST_TEST(steps.at(4).request.aws->service.render(value) == "s3");
    BOOST_TEST(site.redactor.redact("the-secret-of-the-key") == "***");
}

BOOST_AUTO_TEST_CASE(the_shipped_suites_conform_to_the_published_schema) {
    fs::Path const root{SLIPWAY_SOURCE_DIR};
    auto const schema_file = root / "docs" / "schema" / "smoke-suite-1.json";
    json::Schema const schema{
        json::parse(fs::read_file(schema_file), schema_file.string()), schema_file.string()};
    int suites = 0;
    for (auto const& entry :
         std::filesystem::directory_iterator{root / "docs" / "examples" / "smoke"}) {
        if (entry.path().extension() == ".yaml") {
            ++suites;
            auto const document = config::load(entry.path());
            for (auto const& violation : schema.check(document.value())) {
                BOOST_ERROR(entry.path().string() + violation.pointer + ": " + violation.message);
            }
        }
    }
    BOOST_TEST(suites > 0);
}

BOOST_AUTO_TEST_SUITE_END()
