// SPDX-License-Identifier: Apache-2.0
#include "../../tools/monitor/endpoints.hpp"

#include "../../tools/monitor/http_source.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(monitor_endpoints)

using namespace slipway;

namespace {

std::string names(monitor::Options const& options) {
    secret::Redactor redactor;
    std::string out;
    for (auto const& endpoint : monitor::choose_endpoints(options, redactor)) {
        out += (out.empty() ? "" : " ") + endpoint.name + "=" + endpoint.url;
    }
    return out;
}

std::optional<std::int64_t> remaining(std::string name, std::string value) {
    http::Headers headers;
    headers.add(std::move(name), std::move(value));
    return monitor::remaining_requests(headers);
}

} // namespace

BOOST_AUTO_TEST_CASE(an_endpoint_is_named_by_the_user_or_by_its_path) {
    monitor::Options options;
    options.urls = {
        "login=https://shop.test/api/login?a=b",
        "https://shop.test/api/health/",
        "http://shop.test",
        "http://x.test/a%20b?next=1"};
    BOOST_TEST(
        names(options) == "login=https://shop.test/api/login?a=b "
                          "api/health=https://shop.test/api/health/ shop.test=http://shop.test "
                          "a-20b=http://x.test/a%20b?next=1");
}

BOOST_AUTO_TEST_CASE(paths_are_below_the_base_and_without_any_it_is_health) {
    monitor::Options options;
    options.api_base = "http://shop.test/v1/";
    BOOST_TEST(names(options) == "v1/health=http://shop.test/v1/health");
    options.paths = {"/a", "b/c"};
    BOOST_TEST(names(options) == "v1/a=http://shop.test/v1/a v1/b/c=http://shop.test/v1/b/c");
    options.paths.clear();
    options.urls = {"one=http://other.test/"};
    BOOST_TEST(names(options) == "one=http://other.test/");
}

BOOST_AUTO_TEST_CASE(wrong_endpoints_are_usage_errors_without_the_password) {
    for (std::vector<std::string> const& urls : std::vector<std::vector<std::string>>{
             {"ftp://x.test/"},
             {"a b=http://x.test/"},
             {"=http://x.test/"},
             {"x=not a url"},
             {"http://x.test/a", "http://y.test/a"}}) {
        monitor::Options options;
        options.urls = urls;
        BOOST_TEST((support::error_of([&] { names(options); }).kind() == ErrorKind::usage));
    }
    monitor::Options options;
    options.paths = {"/a"};
    BOOST_TEST((support::error_of([&] { names(options); }).kind() == ErrorKind::usage));
    secret::Redactor redactor;
    options = {};
    options.urls = {"http://u:s3cretword@x.test/?token=abcdef"};
    auto const endpoints = monitor::choose_endpoints(options, redactor);
    BOOST_TEST(endpoints.at(0).shown.find("s3cretword") == std::string::npos);
    BOOST_TEST(endpoints.at(0).shown.find("abcdef") == std::string::npos);
    BOOST_TEST(redactor.redact("s3cretword") == "***");
}

BOOST_AUTO_TEST_CASE(what_the_rate_limit_leaves_is_read_in_each_spelling) {
    BOOST_TEST((remaining("X-RateLimit-Remaining", " 41 ") == 41));
    BOOST_TEST((remaining("ratelimit-remaining", "0") == 0));
    BOOST_TEST((remaining("RateLimit", "\"default\";r=50;t=30") == 50));
    BOOST_TEST((remaining("RateLimit", "limit=100, remaining=7, reset=3") == 7));
    BOOST_TEST((!remaining("RateLimit", "\"default\";t=30")));
    BOOST_TEST((!remaining("X-RateLimit-Remaining", "many")));
    BOOST_TEST((!remaining("Server", "nginx")));
}

BOOST_AUTO_TEST_SUITE_END()
