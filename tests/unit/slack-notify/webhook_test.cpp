// SPDX-License-Identifier: Apache-2.0
#include "webhook.hpp"

#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(slack_webhook)

using namespace slipway;
using support::error_of;

namespace {

Error refusal(int status, std::string body) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    return error_of([&] { slack_notify::require_taken(response, {}); });
}

} // namespace

BOOST_AUTO_TEST_CASE(the_secret_is_not_sent_in_the_clear) {
    auto const of = [](char const* url) {
        return slack_notify::webhook_of(secret::Secret{url});
    };
    BOOST_TEST(of("https://hooks.slack.com/services/T/B/x").host() == "hooks.slack.com");
    BOOST_TEST(of(" http://127.0.0.1:8080/services/x\n").port() == 8080);
    for (auto const* url :
         {"http://hooks.slack.com/services/T/B/s3cret", "s3cret", "ftp://x/s3cret"}) {
        auto const error = error_of([&] { of(url); });
        BOOST_CHECK(error.kind() == ErrorKind::usage);
        BOOST_TEST(error.message().find("s3cret") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(slacks_own_words_are_explained) {
    auto const gone = refusal(404, "no_service");
    BOOST_CHECK(gone.kind() == ErrorKind::failed);
    BOOST_TEST(gone.message() == "Slack answered 404 with no_service");
    BOOST_TEST(gone.hint().find("make a new one") != std::string::npos);
    BOOST_TEST(refusal(410, "channel_is_archived").hint().find("archived") != std::string::npos);
    BOOST_TEST(!refusal(403, "something_new").hint().empty());
    BOOST_CHECK(refusal(200, "<html>login</html>").kind() == ErrorKind::failed);
    BOOST_CHECK(refusal(302, "").kind() == ErrorKind::failed);
    BOOST_CHECK(refusal(503, "").kind() == ErrorKind::unavailable);
}

BOOST_AUTO_TEST_CASE(an_answer_that_asks_to_wait_is_waited_for) {
    http::Response response;
    response.status = 429;
    response.headers.add("Retry-After", "7");
    auto const later = error_of<retry::Later>([&] { slack_notify::require_taken(response, {}); });
    BOOST_TEST(later.wait().count() == 7000);
    response.status = 200;
    response.body = "ok";
    BOOST_CHECK_NO_THROW(slack_notify::require_taken(response, {}));
}

BOOST_AUTO_TEST_SUITE_END()
