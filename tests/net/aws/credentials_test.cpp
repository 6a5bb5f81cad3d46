// SPDX-License-Identifier: Apache-2.0
// Credentials as a CI hands them out; the services that do so cannot be installed, so what answers
// here is scripted after their documents.
#include "aws/credentials.hpp"

#include "fs/temp_folder.hpp"
#include "support/fake_clock.hpp"
#include "support/http_listener.hpp"
#include "time/rfc3339.hpp"

#include <map>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(aws_credentials)

using namespace slipway;
using support::HttpListener;
using support::Peer;

namespace {

// A provider with this environment; what it learnt as secrets is kept.
struct Found {
    explicit Found(std::map<std::string, std::string> variables)
        : environment(std::move(variables)),
          provider(
              {[this](std::string_view name) -> std::optional<std::string> {
                   auto const found = environment.find(std::string{name});
                   return found == environment.end() ? std::nullopt : std::optional{found->second};
               },
               [this](std::string_view value) { secrets.emplace_back(value); },
               "eu-central-1"},
              clock,
              {}) {}

    aws::Credentials const& current() {
        return provider.current(time::Deadline::after(time::Milliseconds{20'000}));
    }

    std::map<std::string, std::string> environment;
    support::FakeClock clock;
    std::vector<std::string> secrets;
    aws::Provider provider;
};

std::string in_an_hour(time::Clock const& clock) {
    return time::to_rfc3339(clock.now() + std::chrono::hours{1});
}

Error error_of(Found& found) {
    try {
        found.current();
    } catch (Error const& error) {
        return error;
    }
    BOOST_FAIL("there were credentials");
    return Error{ErrorKind::internal, ""};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_key_of_the_environment_comes_first_and_needs_both_halves) {
    Found whole{
        {{"AWS_ACCESS_KEY_ID", "AKID"},
         {"AWS_SECRET_ACCESS_KEY", "secret-half"},
         {"AWS_SESSION_TOKEN", "session-token"},
         {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"}}};
    BOOST_TEST(whole.current().access_key_id == "AKID");
    BOOST_TEST(whole.current().session_token.reveal() == "session-token");
    BOOST_TEST(whole.provider.source() == "environment");
    BOOST_TEST(whole.secrets == (std::vector<std::string>{"secret-half", "session-token"}));
    Found half{{{"AWS_ACCESS_KEY_ID", "AKID"}}};
    BOOST_TEST(error_of(half).message() == "AWS_SECRET_ACCESS_KEY is not set");
    Found none{{}};
    BOOST_TEST((error_of(none).kind() == ErrorKind::usage));
}

BOOST_AUTO_TEST_CASE(
    a_container_s_credentials_are_fetched_with_its_token_and_again_before_they_expire) {
    support::FakeClock const start;
    std::atomic<int> asked{0};
    std::string request;
    HttpListener listener{[&](Peer& peer) {
        while (!(request = peer.read_request()).empty()) {
            ++asked;
            peer.answer(
                200,
                R"({"AccessKeyId": "ASIA)" + std::to_string(asked) +
                    R"(", "SecretAccessKey": "from-container", "Token": "tok", "Expiration": ")" +
                    in_an_hour(start) + R"("})");
        }
    }};
    Found found{
        {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", listener.url("/v2/credentials")},
         {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"}}};
    BOOST_TEST(found.current().access_key_id == "ASIA1");
    BOOST_TEST(found.current().access_key_id == "ASIA1");
    BOOST_TEST((request.find("GET /v2/credentials") == 0), request);
    BOOST_TEST((request.find("uthorization: container-token") != std::string::npos), request);
    BOOST_TEST(found.provider.source() == "container");
    BOOST_TEST(
        found.secrets == (std::vector<std::string>{"container-token", "from-container", "tok"}));
    found.clock.sleep(std::chrono::minutes{56}, {});
    BOOST_TEST(found.current().access_key_id == "ASIA2");
    // EKS and newer agents hand the token out in a file, which is read at each request.
    fs::TempFolder const folder{"slipway-test-"};
    fs::write_atomic(folder.path() / "token", "token-of-file\n");
    Found by_file{
        {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", listener.url("/v1/credentials")},
         {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", (folder.path() / "token").string()},
         {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"}}};
    by_file.current();
    BOOST_TEST(request.starts_with("GET /v1/credentials HTTP/"), request);
    BOOST_TEST((request.find("uthorization: token-of-file\r\n") != std::string::npos), request);
    Found elsewhere{{{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/credentials"}}};
    BOOST_TEST((error_of(elsewhere).kind() == ErrorKind::usage));
}

BOOST_AUTO_TEST_CASE(a_web_identity_is_exchanged_for_credentials_and_a_refusal_told) {
    fs::TempFolder const folder{"slipway-test-"};
    fs::write_atomic(folder.path() / "token", "eyJ.web.identity\n");
    bool trusted = true;
    std::string request;
    HttpListener listener{[&](Peer& peer) {
        while (!(request = peer.read_request()).empty()) {
            if (!trusted) {
                peer.answer(
                    403,
                    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</"
                    "Code><Message>Not "
                    "authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error>"
                    "</ErrorResponse>");
                continue;
            }
            peer.answer(
                200,
                "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/"
                "2011-06-15/\"><AssumeRoleWithWebIdentityResult><Audience>sts</Audience>"
                "<Credentials><AccessKeyId>ASIAWEB</AccessKeyId><SecretAccessKey>web-secret"
                "</SecretAccessKey><SessionToken>web-session</SessionToken><Expiration>" +
                    in_an_hour(support::FakeClock{}) +
                    "</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
                    "</AssumeRoleWithWebIdentityResponse>");
        }
    }};
    std::map<std::string, std::string> const environment{
        {"AWS_WEB_IDENTITY_TOKEN_FILE", (folder.path() / "token").string()},
        {"AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/backup"},
        {"AWS_ENDPOINT_URL_STS", listener.url("/")}};
    Found found{environment};
    BOOST_TEST(found.current().access_key_id == "ASIAWEB");
    BOOST_TEST(found.current().session_token.reveal() == "web-session");
    BOOST_TEST(request.starts_with("POST / HTTP/"), request);
    BOOST_TEST(
        (request.find("Content-Type: application/x-www-form-urlencoded\r\n") != std::string::npos),
        request);
    BOOST_TEST((request.find("uthorization") == std::string::npos), request);
    BOOST_TEST(
        request.substr(request.find("\r\n\r\n") + 4) ==
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fbackup&RoleSessionName=slipway"
        "&WebIdentityToken=eyJ.web.identity");
    BOOST_TEST(
        found.secrets ==
        (std::vector<std::string>{"eyJ.web.identity", "web-secret", "web-session"}));
    trusted = false;
    Found refused{environment};
    auto const error = error_of(refused);
    BOOST_TEST((error.message().find("AccessDenied: Not authorized") != std::string::npos));
    BOOST_TEST((error.message().find("eyJ.web") == std::string::npos));
    Found without_role{{{"AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null"}}};
    BOOST_TEST((error_of(without_role).message().find("AWS_ROLE_ARN") != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
