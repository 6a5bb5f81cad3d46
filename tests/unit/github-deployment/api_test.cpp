// SPDX-License-Identifier: Apache-2.0
#include "api.hpp"

#include "support/errors.hpp"
#include "support/fake_clock.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(github_api)

using namespace slipway;
using github_deployment::Api;
using support::error_of;

namespace {

http::Response answer(
    int status,
    std::string body,
    std::vector<std::pair<std::string, std::string>> headers = {}) {
    http::Response out;
    out.status = status;
    out.body = std::move(body);
    for (auto& [name, value] : headers) {
        out.headers.add(name, value);
    }
    return out;
}

time::Instant const now{std::chrono::seconds{1'800'000'000}};

Error refusal(int status, std::string body) {
    return github_deployment::error_of(
        answer(status, std::move(body)), "/deployments?environment=x", now);
}

Error made_with(std::string_view url, std::string_view repository) {
    support::FakeClock clock;
    return error_of([&] {
        Api{url, repository, secret::Secret{"t0ken"}, {clock, time::Deadline::never(), {}}};
    });
}

} // namespace

BOOST_AUTO_TEST_CASE(address_and_repository_are_looked_at_before_the_token_is_sent) {
    BOOST_CHECK(made_with("http://api.github.com", "a/b").kind() == ErrorKind::usage);
    for (auto const* repository : {"", "a", "a/b/c", "a/..", "a/b?c", "a b/c"}) {
        auto const error = made_with("https://api.github.com", repository);
        BOOST_CHECK(error.kind() == ErrorKind::usage);
        BOOST_TEST(error.message().find("owner/name") != std::string::npos);
    }
    support::FakeClock clock;
    BOOST_CHECK_NO_THROW((
        Api{"https://ghe.example/api/v3/",
            "o/n.x",
            secret::Secret{"t"},
            {clock, time::Deadline::never(), {}}}));
}

BOOST_AUTO_TEST_CASE(refusals_are_explained) {
    auto const token = refusal(401, R"({"message": "Bad credentials"})");
    BOOST_CHECK(token.kind() == ErrorKind::usage);
    BOOST_TEST(token.message() == "GitHub answered 401 to /deployments: Bad credentials");
    auto const rights = refusal(403, R"({"message": "Resource not accessible by integration"})");
    BOOST_CHECK(rights.kind() == ErrorKind::usage);
    BOOST_TEST(rights.hint().find("deployments: write") != std::string::npos);
    auto const ref =
        refusal(422, R"({"message": "No ref found for: x", "errors": ["no", {"message": "m"}]})");
    BOOST_TEST(ref.message().find("No ref found for: x; no; m") != std::string::npos);
    BOOST_TEST(ref.hint().find("--ref") != std::string::npos);
    BOOST_CHECK(refusal(409, "{}").kind() == ErrorKind::refused);
    BOOST_CHECK(refusal(502, "<html>").kind() == ErrorKind::unavailable);
    BOOST_CHECK(refusal(301, "{}").kind() == ErrorKind::usage);
    BOOST_CHECK(refusal(418, "").kind() == ErrorKind::failed);
}

BOOST_AUTO_TEST_CASE(rate_limits_say_how_long_to_wait) {
    auto const wait = [](http::Response const& response) {
        auto const found = github_deployment::rate_limit_wait(response, now);
        return found ? found->count() / 1000 : -1;
    };
    BOOST_TEST(wait(answer(429, "", {{"Retry-After", "9"}})) == 9);
    BOOST_TEST(
        wait(answer(
            403, "", {{"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset", "1800000042"}})) == 42);
    BOOST_TEST(
        wait(answer(403, R"({"message": "You have exceeded a secondary rate limit"})")) == 60);
    BOOST_TEST(wait(answer(403, R"({"message": "Resource not accessible"})")) == -1);
    BOOST_TEST(wait(answer(500, "", {{"Retry-After", "9"}})) == -1);
    auto const error =
        github_deployment::error_of(answer(429, "", {{"Retry-After", "9"}}), "/x", now);
    BOOST_CHECK(error.kind() == ErrorKind::unavailable);
    BOOST_TEST(error.hint() == "GitHub's rate limit is used up; it asks to wait 9.0 s.");
}

BOOST_AUTO_TEST_SUITE_END()
