// SPDX-License-Identifier: Apache-2.0
#include "http/url.hpp"

#include "error/error.hpp"
#include "http/message.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(http_url)

using namespace slipway;
using http::Url;

BOOST_AUTO_TEST_CASE(a_url_is_taken_apart) {
    Url const url = Url::parse("HTTPS://User:p%40ss@Example.COM:8443/a/../b?x=1&token=s3cret#part");
    BOOST_TEST(url.scheme() == "https");
    BOOST_TEST(url.host() == "example.com");
    BOOST_TEST(url.port() == 8443);
    BOOST_TEST(url.path() == "/b");
    BOOST_TEST(url.query() == "x=1&token=s3cret");
    BOOST_TEST(url.has_credentials());
    BOOST_TEST(url.authority() == "example.com:8443");
    BOOST_TEST(url.redacted() == "https://***@example.com:8443/b?x=***&token=***");
    BOOST_TEST(url.text().find("#part") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(ports_and_paths_have_defaults) {
    BOOST_TEST(Url::parse("https://example.com").port() == 443);
    BOOST_TEST(Url::parse("http://example.com").port() == 80);
    BOOST_TEST(Url::parse("http://example.com").path() == "/");
    BOOST_TEST(Url::parse("http://example.com:80/x").redacted() == "http://example.com/x");
    Url const v6 = Url::parse("http://[::1]:8080/");
    BOOST_TEST(v6.host() == "::1");
    BOOST_TEST(v6.authority() == "[::1]:8080");
}

BOOST_AUTO_TEST_CASE(what_is_no_url_is_a_usage_error_without_the_password) {
    for (std::string const& text :
         {std::string{""},
          std::string{"example.com"},
          std::string{"/path"},
          std::string{"ftp://u:hunter2@example.com/"},
          std::string{"file:///etc/passwd"},
          std::string{"http://"},
          std::string{"http://a b/"},
          std::string{"http://u:hunter2@host:99999/"},
          std::string{"http://a\0b/", 11},
          std::string{"http://a/\r\nx: y"}}) {
        BOOST_CHECK_EXCEPTION(Url::parse(text), Error, [](Error const& error) {
            return error.kind() == ErrorKind::usage &&
                   error.message().find("hunter2") == std::string::npos;
        });
    }
}

BOOST_AUTO_TEST_CASE(references_are_resolved) {
    Url const base = Url::parse("https://example.com/a/b?x=1");
    BOOST_TEST(base.resolve("c").text() == "https://example.com/a/c");
    BOOST_TEST(base.resolve("/c?y").text() == "https://example.com/c?y");
    BOOST_TEST(base.resolve("//other.org/c").text() == "https://other.org/c");
    BOOST_TEST(base.resolve("http://example.com/").same_origin(base) == false);
    BOOST_TEST(base.resolve("https://EXAMPLE.com:443/z").same_origin(base));
    BOOST_CHECK_THROW((void)base.resolve("ftp://example.com/"), Error);
    BOOST_CHECK_THROW((void)base.resolve("javascript:alert(1)"), Error);
}

BOOST_AUTO_TEST_CASE(header_names_have_no_case) {
    http::Headers headers;
    headers.add("Set-Cookie", "a");
    headers.add("set-cookie", "b");
    BOOST_TEST(headers.find("SET-COOKIE").value() == "a");
    BOOST_TEST(headers.all("Set-Cookie").size() == 2U);
    BOOST_TEST(!headers.find("etag").has_value());
    headers.remove("SET-Cookie");
    BOOST_TEST(headers.empty());
}

BOOST_AUTO_TEST_SUITE_END()
