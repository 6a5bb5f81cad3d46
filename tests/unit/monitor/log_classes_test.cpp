// SPDX-License-Identifier: Apache-2.0
#include "../../tools/monitor/log_classes.hpp"

#include "../../tools/monitor/fingerprint.hpp"
#include "error/error.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(monitor_log_classes)

using namespace slipway;
using monitor::Classifier;
using monitor::fingerprint;
using monitor::LogEntry;
using monitor::without_secrets;

namespace {

std::string class_of(std::string_view event) {
    static Classifier const classifier{monitor::shipped_classes(), {}};
    LogEntry entry;
    return std::string{classifier.classify(event, entry)};
}

} // namespace

BOOST_AUTO_TEST_CASE(plain_text_is_classed) {
    BOOST_TEST(class_of("ERROR: deadlock detected") == "database");
    BOOST_TEST(class_of(R"(error: relation "orders" does not exist)") == "database");
    BOOST_TEST(class_of("PrismaClientKnownRequestError: P2002") == "database");
    BOOST_TEST(class_of("Error: connect ECONNREFUSED 10.0.0.7:5432") == "database");
    BOOST_TEST(class_of("login failed for user 7") == "auth");
    BOOST_TEST(class_of("TokenExpiredError: jwt expired") == "auth");
    BOOST_TEST(class_of("403 Forbidden: /admin") == "authorization");
    BOOST_TEST(class_of("ValidationError: email is required") == "validation");
    BOOST_TEST(class_of("oauth callback failed: invalid_grant") == "oauth");
    BOOST_TEST(class_of("panic: runtime error: nil map") == "panic");
    BOOST_TEST(class_of("[UnhandledPromiseRejection: oops]") == "panic");
    BOOST_TEST(class_of("FATAL ERROR: Reached heap limit") == "panic");
    BOOST_TEST(class_of("2026-03-01 10:00:00 ERROR something broke") == "error");
    BOOST_TEST(class_of("TypeError: x is not a function\n    at f (a.js:1:2)") == "error");
}

BOOST_AUTO_TEST_CASE(what_is_well_is_of_no_class) {
    for (auto const* line : {
             "GET /oauth/callback 200 12 ms",
             "INFO user logged in",
             "errors: 0, warnings: 0",
             "connected to the database",
             "validation passed",
             R"({"level":"info","msg":"no error found"})",
             R"({"level":30,"msg":"request done","err":null})",
             "checkpoint complete: wrote 12 buffers",
             "",
         }) {
        BOOST_TEST(class_of(line) == "", line);
    }
}

BOOST_AUTO_TEST_CASE(a_json_line_is_judged_by_its_level_and_its_message) {
    BOOST_TEST(class_of(R"({"level":"error","msg":"it broke"})") == "error");
    BOOST_TEST(class_of(R"({"severity":"CRITICAL","message":"it broke"})") == "error");
    BOOST_TEST(
        class_of(
            R"({"level":50,"msg":"boom","err":{"type":"Error","message":"deadlock detected"}})") ==
        "database");
    BOOST_TEST(class_of(R"({"level":"warn","message":"invalid credentials"})") == "auth");
    BOOST_TEST(
        class_of(
            R"({"message":"TypeError: x is not a function","type":"err","app_name":"shop"})") ==
        "error");
    LogEntry entry;
    Classifier const classifier{monitor::shipped_classes(), {}};
    BOOST_TEST(
        classifier.classify(
            R"x({"level":"error","msg":"failed","err":{"message":"no","stack":"Error: no\n    at f (a.js:1:2)"}})x",
            entry) == "error");
    BOOST_TEST(entry.text == "failed\nno\nError: no\n    at f (a.js:1:2)");
}

BOOST_AUTO_TEST_CASE(own_classes_come_first_and_ignored_events_are_none) {
    Classifier const classifier{
        {{"payment", {"payment (declined|failed)"}}, {"error", {"ERROR"}}}, {"known trouble"}};
    LogEntry entry;
    BOOST_TEST(classifier.classify("ERROR Payment declined", entry) == "payment");
    BOOST_TEST(classifier.classify("ERROR x", entry) == "error");
    BOOST_TEST(classifier.classify("ERROR known trouble", entry) == "");
    BOOST_CHECK_EXCEPTION((Classifier{{{"x", {"a("}}}, {}}), Error, [](Error const& error) {
        return error.kind() == ErrorKind::usage &&
               error.message().find("a( of x") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_matched_and_shown_safely) {
    LogEntry entry;
    Classifier const classifier{monitor::shipped_classes(), {}};
    std::string const event = "\xff\xfe ERROR \x80 it broke \xc3";
    BOOST_TEST(classifier.classify(event, entry) == "error");
    BOOST_TEST(entry.text == "\xEF\xBF\xBD\xEF\xBF\xBD ERROR \xEF\xBF\xBD it broke \xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(equal_events_have_one_fingerprint_whatever_their_data) {
    auto const same = [](std::string_view a, std::string_view b) {
        return fingerprint("error", a) == fingerprint("error", b);
    };
    BOOST_TEST(same(
        "2026-03-01T10:00:00.123Z ERROR order 17 of 'ann' failed after 12.5 ms",
        "2026-03-02T11:22:33.456Z ERROR order 9812 of 'bob' failed after 7 ms"));
    BOOST_TEST(same(
        "ERROR id 7b0c1a52-1d3e-4f7a-9a51-0b6f0d8f1c22 gone",
        "ERROR id 11111111-2222-3333-4444-555555555555 gone"));
    BOOST_TEST(same("Error: x\n    at f (/a/b.js:1:2)", "Error: x\n    at f (/a/b.js:9:14)"));
    BOOST_TEST(!same("Error: x\n    at f (/a/b.js:1:2)", "Error: x\n    at g (/a/b.js:1:2)"));
    BOOST_TEST(!same("ERROR order failed", "ERROR payment failed"));
    BOOST_TEST(!same(
        R"(error: relation "orders" does not exist)", R"(error: relation "users" does not exist)"));
    BOOST_TEST(!(fingerprint("auth", "x") == fingerprint("error", "x")));
    BOOST_TEST(fingerprint("error", "x").size() == 16U);
}

BOOST_AUTO_TEST_CASE(what_looks_like_a_secret_is_not_kept) {
    auto const hides = [](std::string const& secret, std::string const& around) {
        auto const at = around.find('%');
        auto const text = around.substr(0, at) + secret + around.substr(at + 1);
        BOOST_TEST(without_secrets(text).find(secret) == std::string::npos, without_secrets(text));
    };
    hides("hunter2", "connect to postgres://app:%@db/shop failed");
    hides("hunter2", "password=% rejected");
    hides("hunter2", R"({"password": "%", "user": 1})");
    hides("hunter2hunter2", "Authorization: Basic %");
    hides("abc.def-ghi_jkl", "sent Bearer % to it");
    hides("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "token is % now");
    hides("AKIAABCDEFGHIJKLMNOP", "key % is refused");
    hides("ghp_0123456789abcdefghijABCDEFGHIJ012345", "git: %");
    hides("ann@example.com", "no such user %");
    hides("4111 1111 1111 1111", "card % declined");
    hides("s3cr3t", "api_key: '%'");
    BOOST_TEST(without_secrets("order 17 failed after 12 ms") == "order 17 failed after 12 ms");
}

BOOST_AUTO_TEST_SUITE_END()
