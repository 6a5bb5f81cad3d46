// SPDX-License-Identifier: Apache-2.0
#include "text/link.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text_link)

using slipway::text::safe_url;

BOOST_AUTO_TEST_CASE(only_plain_web_addresses_become_links) {
    BOOST_TEST(safe_url("https://ci.example/r/1") == "https://ci.example/r/1");
    BOOST_TEST(safe_url("HTTP://ci.example") == "HTTP://ci.example");
    BOOST_TEST(safe_url("https://ci.example/a\"b)c") == "https://ci.example/a%22b%29c");
    for (std::string_view const url :
         {"javascript:alert(1)",
          "java\nscript:alert(1)",
          "data:text/html,x",
          "https://",
          "https://github.com@evil.example/",
          "https://a.example/\nb",
          " https://a.example",
          "//a.example",
          ""}) {
        BOOST_TEST(safe_url(url).empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()
