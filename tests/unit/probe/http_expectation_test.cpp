// SPDX-License-Identifier: Apache-2.0
// An answer against what is expected of it, and what is told of the difference.
#include "probe/http_expectation.hpp"

#include "error/error.hpp"
#include "probe/excerpt.hpp"
#include "probe/sensitive.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(probe_http_expectation)

using namespace slipway;
using json::Value;

namespace {

struct World {
    http::Response response;
    probe::HttpExpectation expected;
    std::vector<std::string> expressions;
    secret::Redactor redactor;

    World() {
        response.status = 200;
        response.headers.add("Content-Type", "application/json");
        response.headers.add("RateLimit-Remaining", "7");
        response.headers.add("Set-Cookie", "a=1");
        response.headers.add("Set-Cookie", "b=2");
        response.timings.total = std::chrono::milliseconds{40};
        response.body = R"({"user": {"id": 7, "email": "a@b.example"}, "list": [1, 2]})";
    }

    void jq(std::string expression, std::string const& wanted) {
        expected.jq.push_back(
            {expression, expressions.size(), expr::Expectation{wanted}, json::Box{wanted}});
        expressions.push_back(std::move(expression));
    }

    void header(std::string name, std::string const& wanted) {
        expected.headers.push_back(
            {std::move(name), 0, expr::Expectation{wanted}, json::Box{wanted}});
    }

    std::string judged() {
        auto const program = expr::compile(expressions);
        Value const none = Value::object();
        return probe::message_of(probe::judge(expected, response, {&program, none, redactor}));
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(statuses_are_single_ones_classes_and_lists) {
    probe::StatusSet const set{{"204", "3xx"}};
    BOOST_TEST(set.has(204));
    BOOST_TEST(set.has(399));
    BOOST_TEST(!set.has(200));
    BOOST_TEST(set.text() == "204 or 3xx");
    for (char const* const wrong : {"", "20", "2000", "6xx", "2x", "abc", "099", "-20", "2xX"}) {
        auto const error = support::error_of([&] { probe::StatusSet{{wrong}}; });
        BOOST_TEST((error.kind() == ErrorKind::usage), wrong);
    }
}

BOOST_AUTO_TEST_CASE(a_right_answer_has_no_fault) {
    World world;
    world.expected.status = probe::StatusSet{{"2xx"}};
    world.expected.latency_below = time::Milliseconds{41};
    world.expected.body.contains = {"a@b.example"};
    world.expected.body.lacks = {"password"};
    world.expected.body.patterns = {"\"id\": \\d"};
    world.jq(".user.id", "> 6");
    world.jq("[.list[] | select(. > 1)] | length", "1");
    world.header("content-type", "/json/");
    world.header("ratelimit-remaining", "< 10");
    world.header("set-cookie", "b=2");
    world.header("x-powered-by", "absent");
    BOOST_TEST(world.judged() == "");
}

BOOST_AUTO_TEST_CASE(a_fault_shows_the_expression_both_values_and_the_smallest_part_of_the_body) {
    World world;
    world.jq(".user.name", "type string");
    BOOST_TEST(
        world.judged() == "jq .user.name: expected type string, got null, which is of type null; "
                          ".user = {\"id\":7,\"email\":\"a@b.example\"}");
}

BOOST_AUTO_TEST_CASE(every_fault_is_told_the_status_first) {
    World world;
    world.response.status = 404;
    world.expected.status = probe::StatusSet{{"200"}};
    world.expected.latency_below = time::Milliseconds{40};
    world.expected.body.contains = {"welcome"};
    world.header("etag", "exists");
    BOOST_TEST(
        world.judged() == "status: expected 200, got 404 Not Found; body . = "
                          "{\"user\":{\"id\":7,\"email\":\"a@b.example\"},\"list\":[1,2]}\n"
                          "header etag: expected exists, got null\n"
                          "body: lacks \"welcome\"; body . = "
                          "{\"user\":{\"id\":7,\"email\":\"a@b.example\"},\"list\":[1,2]}\n"
                          "latency: expected < 40 ms, took 40 ms");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_json_is_told_once) {
    World world;
    world.response.body = "<html>\n<b>Bad Gateway</b>";
    world.jq(".a", "1");
    world.jq(".b", "1");
    BOOST_TEST(world.judged() == "jq: the body is no JSON; body <html>\\n<b>Bad Gateway</b>");
}

BOOST_AUTO_TEST_CASE(an_expression_that_does_not_fit_is_a_fault_and_no_crash) {
    World world;
    world.jq(".list.name", "1");
    BOOST_TEST(world.judged().starts_with("jq .list.name: "));
}

BOOST_AUTO_TEST_CASE(a_schema_names_the_place_that_violates_it) {
    World world;
    auto const schema = json::parse(
        R"({"type": "object", "properties": {"user": {"properties": {"id": {"type": "string"}}}}})",
        "schema");
    world.expected.schema = std::make_shared<json::Schema const>(schema, "user.json");
    world.expected.schema_name = "user.json";
    auto const told = world.judged();
    BOOST_TEST(told.starts_with("schema user.json: /user/id: "), told);
}

BOOST_AUTO_TEST_CASE(a_token_of_the_answer_is_hidden_even_where_it_is_cut_off) {
    World world;
    std::string const token(400, 'x');
    world.response.body = Value{{"accessToken", token}, {"tokenType", "Bearer"}}.dump();
    world.jq(".accessToken", "length < 10");
    world.jq(".accessToken == 1", "true");
    world.jq(".expiresIn", "> 0");
    auto const told = world.judged();
    BOOST_TEST(told.find("xxxx") == std::string::npos, told);
    BOOST_TEST(told.find("***") != std::string::npos, told);
    BOOST_TEST(told.find("Bearer") != std::string::npos, told);
}

BOOST_AUTO_TEST_CASE(names_tell_which_values_are_secret) {
    for (char const* const name :
         {"token", "refresh_token", "SMOKE_PASSWORD", "clientSecret", "apiKey", "x-api-key"}) {
        BOOST_TEST(probe::is_sensitive_name(name), name);
    }
    for (char const* const name : {"user", "link_id", "key", "pass"}) {
        BOOST_TEST(!probe::is_sensitive_name(name), name);
    }
    secret::Redactor redactor;
    probe::teach_sensitive(
        json::parse(R"({"a": [{"newPassword": "long-enough"}], "tokenType": "not-a-secret"})", ""),
        redactor);
    BOOST_TEST(redactor.redact("long-enough not-a-secret") == "*** not-a-secret");
}

BOOST_AUTO_TEST_CASE(the_password_of_a_url_is_taught_as_it_stands_and_decoded) {
    secret::Redactor redactor;
    for (char const* const url :
         {"https://user:first-one@host/x@y",
          "http://user:second%2Done@host:8080",
          "http://third-one@host?a=b",
          "http://host/user:not-this@x",
          "/user:not-this@x"}) {
        probe::teach_credentials(url, redactor);
    }
    BOOST_TEST(
        redactor.redact("first-one second-one third-one not-this") == "*** *** *** not-this");
}

BOOST_AUTO_TEST_CASE(an_excerpt_is_short_and_one_line) {
    secret::Redactor const none;
    Value document{{"a", Value::array()}, {"text", "line\nline"}};
    for (int i = 0; i < 1000; ++i) {
        document["a"].push_back(i);
    }
    auto const told = probe::excerpt(document, ".b.c", none);
    BOOST_TEST(told.size() < 320);
    BOOST_TEST(told == ". = {\"a\":\"[…]\",\"text\":\"line\\nline\"}");
    BOOST_TEST(probe::excerpt(document, ".a[2]", none).starts_with(".a = [0,1,2"));
}

BOOST_AUTO_TEST_SUITE_END()
