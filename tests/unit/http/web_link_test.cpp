// SPDX-License-Identifier: Apache-2.0
#include "http/web_link.hpp"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(http_web_link)

using namespace slipway;
using namespace std::string_literals;

namespace {

std::string judged(std::string_view text) {
    auto const fault = http::link_fault(text);
    return fault ? std::string{http::name(*fault)} : "ok";
}

struct Case {
    std::string text;
    std::string verdict;
};

void require_all(std::vector<Case> const& cases) {
    for (auto const& each : cases) {
        BOOST_TEST(judged(each.text) == each.verdict, each.text << ": " << judged(each.text));
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(what_people_write_as_their_address_is_taken) {
    for (std::string const& text :
         {"https://example.com"s,
          "http://example.com/"s,
          "HTTPS://Example.COM/Path"s,
          "https://www.imdb.com/name/nm0000001/"s,
          "https://example.com?x=1"s,
          "https://example.com#top"s,
          "https://example.com/a/b/c.html?x=1&y=2#part"s,
          "https://example.com/a%20b"s,
          "https://example.com/%zz"s,
          "https://example.com:8443/x"s,
          "https://example.com:1"s,
          "https://example.com:65535"s,
          "https://example.com:/x"s,
          "https://example.com./x"s,
          "https://under_score.example.com/"s,
          "https://xn--bcher-kva.example/"s,
          "https://b\u00fccher.example/"s,
          "https://\u4f8b\u3048.example/\u30d1\u30b9"s,
          "https://\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/"s,
          "https://col\u00b7laborar.cat/"s,
          "https://example.com/gr\u00f6\u00dfe?q=\u00e4#\u00f6"s,
          "https://example.com/@name"s,
          "https://example.com/a:b@c"s,
          "https://example.com/javascript:alert(1)"s,
          "https://example.com/?next=javascript:alert(1)"s,
          "https://example.com/|{}^"s,
          "https://127.0.0.1/"s,
          "http://[::1]/"s,
          "http://[2001:db8::1]:8080/x"s,
          "http://localhost:3000/"s,
          "https://intranet/x"s,
          "https://example.com/"s + std::string(2048 - 20, 'x')}) {
        BOOST_TEST(judged(text) == "ok", text << ": " << judged(text));
    }
}

BOOST_AUTO_TEST_CASE(scripts_are_refused_however_they_are_spelled) {
    require_all({
        {"javascript:alert(1)", "url_scheme"},
        {"JaVaScRiPt:alert(1)", "url_scheme"},
        {"javascript://example.com/%0aalert(1)", "url_scheme"},
        {"java\tscript:alert(1)", "url_control"},
        {"java\nscript:alert(1)", "url_control"},
        {"\x01javascript:alert(1)", "url_control"},
        {"javascript\t:alert(1)", "url_control"},
        {"&#106;avascript:alert(1)", "url_no_scheme"},
        {"javascript&colon;alert(1)", "url_no_scheme"},
        {"javascript%3Aalert(1)", "url_no_scheme"},
        {"%6Aavascript:alert(1)", "url_scheme"},
        {"vbscript:x", "url_scheme"},
        {"data:text/html,<script>alert(1)</script>", "url_scheme"},
        {"blob:https://example.com/1", "url_scheme"},
        {"view-source:https://example.com", "url_scheme"},
        {"feed:https://example.com", "url_scheme"},
    });
}

BOOST_AUTO_TEST_CASE(other_schemes_and_no_scheme_are_told_apart) {
    require_all({
        {"ftp://example.com/", "url_scheme"},
        {"file:///etc/passwd", "url_scheme"},
        {"mailto:a@example.com", "url_scheme"},
        {"tel:+4412345", "url_scheme"},
        {"httpss://example.com", "url_scheme"},
        {"hxxp://example.com", "url_scheme"},
        {"", "url_no_scheme"},
        {"example.com", "url_no_scheme"},
        {"www.example.com/x", "url_no_scheme"},
        {"example.com:8080/x", "url_no_scheme"},
        {"localhost:3000", "url_no_scheme"},
        {"//example.com/x", "url_no_scheme"},
        {"/path", "url_no_scheme"},
        {"?q=1", "url_no_scheme"},
        {"@name", "url_no_scheme"},
        {"see my page", "url_no_scheme"},
    });
}

BOOST_AUTO_TEST_CASE(half_addresses_are_refused) {
    require_all({
        {"http:example.com", "url_syntax"},
        {"https:/example.com", "url_syntax"},
        {"https:///example.com", "url_syntax"},
        {"https:\\\\example.com\\x", "url_syntax"},
        {"https://example.com\\@evil.example/", "url_syntax"},
        {"https://example.com/<b>", "url_syntax"},
        {"https://example.com/\"onclick=", "url_syntax"},
        {"https://", "url_host"},
        {"https://?x", "url_host"},
        {"https://#x", "url_host"},
        {"https://.example.com/", "url_host"},
        {"https://example..com/", "url_host"},
        {"https://exa*mple.com/", "url_host"},
        {"http://[::1/x", "url_host"},
        {"http://[::1]x/", "url_host"},
        {"http://[::zz]/", "url_host"},
        {"http://[fe80::1%25eth0]/", "url_host"},
        {"http://::1/", "url_host"},
        {"https://1.2.3.999/", "url_host"},
        {"https://256.256.256.256/", "url_host"},
    });
}

BOOST_AUTO_TEST_CASE(names_that_deceive_are_refused) {
    require_all({
        {"https://www.imdb.com%40evil.example/", "url_host"},
        {"https://%6cocalhost/", "url_host"},
        {"https://ex\u00adample.com/", "url_host"},
        {"https://exam\u200bple.com/", "url_host"},
        {"https://example\u3002com/", "url_host"},
        {"https://example\uff0ecom/", "url_host"},
        {"https://\uff45xample.com/", "url_host"},
        {"https://example.com\u2044evil.example/", "url_host"},
        {"https://example.com\u2215evil.example/", "url_host"},
        {"https://\u202emoc.elpmaxe/", "url_control"},
        {"https://example.com/\u202egnp.exe", "url_control"},
        {"https://user:hunter2@example.com/", "url_credentials"},
        {"https://user@example.com/", "url_credentials"},
        {"https://:hunter2@example.com/", "url_credentials"},
        {"https://@example.com/", "url_credentials"},
        {"https://www.imdb.com@evil.example/", "url_credentials"},
    });
}

BOOST_AUTO_TEST_CASE(ports_blanks_controls_and_length_are_judged) {
    require_all({
        {"https://example.com:0/", "url_port"},
        {"https://example.com:65536/", "url_port"},
        {"https://example.com:99999/", "url_port"},
        {"https://example.com:http/", "url_port"},
        {"https://example.com:-1/", "url_port"},
        {"https://example.com: 80/", "url_blank"},
        {"http://[::1]:0/", "url_port"},
        {"https://example.com/a b", "url_blank"},
        {"https://exam ple.com/", "url_blank"},
        {"https://example.com/a\u00a0b", "url_blank"},
        {"https://example.com/a\u3000b", "url_blank"},
        {"https://example.com/\r\nSet-Cookie: a=b", "url_control"},
        {"https://example.com/\ttab", "url_control"},
        {"https://example.com/\x7f", "url_control"},
        {"https://example.com/\u0085", "url_control"},
        {"https://example.com/\u2028", "url_control"},
        {"https://example.com/\xff\xfe", "url_control"},
        {"https://example.com/\xc0\xaf", "url_control"},
        {"https://example.com/\0x"s, "url_control"},
        {"https://example.com/" + std::string(2048 - 19, 'x'), "url_too_long"},
    });
}

BOOST_AUTO_TEST_SUITE_END()
