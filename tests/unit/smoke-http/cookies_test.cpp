// SPDX-License-Identifier: Apache-2.0
#include "cookies.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(smoke_cookies)

using namespace slipway;

namespace {

struct Jar {
    smoke_http::Cookies cookies;
    secret::Redactor redactor;

    void take(std::string_view url, std::string field) {
        http::Headers headers;
        headers.add("Set-Cookie", std::move(field));
        cookies.take(http::Url::parse(url), headers, redactor);
    }

    [[nodiscard]] std::string at(std::string_view url) const {
        return cookies.header_for(http::Url::parse(url));
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_cookie_returns_to_its_host_and_path) {
    Jar jar;
    jar.take("https://a.example/app/login", "s=1");
    jar.take("https://a.example/app/login", "all=2; Path=/");
    BOOST_TEST(jar.at("https://a.example/app/x") == "s=1; all=2");
    BOOST_TEST(jar.at("https://a.example/apple") == "all=2");
    BOOST_TEST(jar.at("https://b.a.example/app/x") == "");
}

BOOST_AUTO_TEST_CASE(a_domain_covers_its_hosts_and_no_other) {
    Jar jar;
    jar.take("https://a.example/", "s=1; Domain=.example.org");
    jar.take("https://www.example.org/", "t=2; domain=Example.org; path=/");
    BOOST_TEST(jar.at("https://www.example.org/") == "t=2");
    BOOST_TEST(jar.at("https://api.example.org/") == "t=2");
    BOOST_TEST(jar.at("https://badexample.org/") == "");
}

BOOST_AUTO_TEST_CASE(a_secure_cookie_keeps_to_https_but_for_this_machine) {
    Jar jar;
    jar.take("https://a.example/", "s=1; Secure");
    jar.take("http://127.0.0.1:8080/", "l=1; Secure");
    BOOST_TEST(jar.at("http://a.example/") == "");
    BOOST_TEST(jar.at("https://a.example/") == "s=1");
    BOOST_TEST(jar.at("http://127.0.0.1:8080/") == "l=1");
}

BOOST_AUTO_TEST_CASE(a_new_value_replaces_and_an_expired_one_removes) {
    Jar jar;
    jar.take("http://a.example/", "s=1");
    jar.take("http://a.example/", "s=2");
    BOOST_TEST(jar.at("http://a.example/") == "s=2");
    jar.take("http://a.example/", "s=; Max-Age=0");
    BOOST_TEST(jar.at("http://a.example/") == "");
    jar.take("http://a.example/", "s=3");
    jar.take("http://a.example/", "s=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    BOOST_TEST(jar.at("http://a.example/") == "");
}

BOOST_AUTO_TEST_CASE(a_long_value_is_a_secret) {
    Jar jar;
    jar.take("http://a.example/", "session=0123456789abcdef; HttpOnly");
    jar.take("http://a.example/", "theme=dark");
    jar.take("http://a.example/", "no cookie at all");
    BOOST_TEST(jar.redactor.redact("0123456789abcdef dark") == "*** dark");
}

BOOST_AUTO_TEST_SUITE_END()
