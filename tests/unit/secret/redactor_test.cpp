// SPDX-License-Identifier: Apache-2.0
#include "secret/redactor.hpp"

#include "secret/secret.hpp"
#include "text/escape.hpp"

#include <sstream>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(secret_redactor)

using namespace slipway;

namespace {
std::string redacted(std::string_view secret, std::string_view text) {
    secret::Redactor redactor;
    redactor.add(secret);
    return redactor.redact(text);
}
} // namespace

BOOST_AUTO_TEST_CASE(every_spelling_of_a_secret_is_removed) {
    struct Row {
        std::string_view secret;
        std::string_view spelling;
    };
    for (auto const& row :
         {Row{"hunter22", "hunter22"},
          Row{"p/w?x y", "p%2Fw%3Fx%20y"},     // percent, upper case
          Row{"p/w?x y", "p%2fw%3fx%20y"},     // percent, lower case
          Row{"p/w?x y", "p%2Fw%3Fx+y"},       // as forms are encoded
          Row{"p/w?x y", "p%2fw%3fx+y"},       // the same in lower case
          Row{"pass!$word@", "pass!$word%40"}, // as people write URLs by hand
          Row{"a\"b\\c/d", "a\\\"b\\\\c/d"},   // JSON
          Row{"a\"b\\c/d", "a\\\"b\\\\c\\/d"}, // JSON of those who escape the slash
          Row{"line\nfeed", "line\\nfeed"},
          Row{"tab\tcr\rbell\a", "tab\\tcr\\rbell\\u0007"},
          Row{"back\bform\f", "back\\bform\\f"},
          Row{"pässword", "p\\u00e4ssword"}, // JSON in ASCII
          Row{"ship🚢ship", "ship\\ud83d\\udea2ship"},
          Row{"<a&b>'\"", "&lt;a&amp;b&gt;&#39;&quot;"}, // HTML
          Row{"foob", "Zm9vYg=="},                       // base64
          Row{"foob", "Zm9vYg"},                         // without its padding
          Row{"\xFB\xFF\xBF\xFB", "-_-_-w"},             // base64 for URLs
          Row{"\xFB\xFF\xBF\xFB", "+/+/+w=="}}) {
        BOOST_TEST_CONTEXT(row.spelling) {
            std::string const text = "before " + std::string{row.spelling} + " after";
            std::string const out = redacted(row.secret, text);
            BOOST_TEST(out.starts_with("before ***"));
            BOOST_TEST(out.ends_with(" after"));
            BOOST_TEST(out.find(row.spelling) == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_house_s_own_writers_spell_no_secret_that_is_not_known) {
    std::string secret = "x";
    for (int i = 1; i < 128; ++i) {
        secret += static_cast<char>(i);
    }
    secret += "ä€🚢";
    for (std::string const& spelling :
         {secret,
          text::percent_encode(secret),
          text::html_escape(secret),
          text::base64_encode(secret),
          nlohmann::json(secret).dump(),
          nlohmann::json(secret).dump(-1, ' ', true)}) {
        BOOST_TEST(redacted(secret, spelling).find("ABCDEFG") == std::string::npos);
        BOOST_TEST(redacted(secret, spelling).size() < 10U);
    }
}

BOOST_AUTO_TEST_CASE(a_password_is_known_as_basic_authentication_too) {
    secret::Redactor redactor;
    redactor.add_password("Aladdin", "open sesame"); // RFC 7617, section 2
    BOOST_TEST(
        redactor.redact("Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") ==
        "Authorization: Basic ***==");
    BOOST_TEST(redactor.redact("open sesame") == "***");
    BOOST_TEST(redactor.redact("Aladdin") == "Aladdin");
}

BOOST_AUTO_TEST_CASE(the_longest_secret_is_replaced_first) {
    secret::Redactor redactor;
    redactor.add("word");
    redactor.add("password-long");
    redactor.add("password");
    BOOST_TEST(redactor.redact("a password-long b") == "a *** b");
    BOOST_TEST(redactor.redact("a passwords b") == "a ***s b");
}

BOOST_AUTO_TEST_CASE(secrets_that_overlap_leave_no_piece_of_either) {
    secret::Redactor redactor;
    redactor.add("alphabeta");
    redactor.add("betagamma");
    BOOST_TEST(redactor.redact("x alphabetagamma y") == "x *** y");
    BOOST_TEST(redactor.redact("alphabeta betagamma") == "*** ***");
}

BOOST_AUTO_TEST_CASE(a_secret_twice_in_a_row_is_removed_twice) {
    BOOST_TEST(redacted("hunter22", "hunter22hunter22").find("hunter") == std::string::npos);
    BOOST_TEST(redacted("aaaa", "aaaaaa").find('a') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(short_ones_are_not_searched_for) {
    BOOST_TEST(redacted("abc", "abc abc") == "abc abc");
    BOOST_TEST(redacted("", "text") == "text");
    BOOST_TEST(redacted("abcd", "abcd") == "***");
}

BOOST_AUTO_TEST_CASE(the_values_are_told_once_each_for_masks) {
    secret::Redactor redactor;
    redactor.add("hunter22");
    redactor.add("hunter22");
    redactor.add("abc");
    BOOST_TEST(redactor.values().size() == 1U);
    BOOST_TEST(redactor.values().front() == "hunter22");
}

BOOST_AUTO_TEST_CASE(threads_may_learn_and_redact_at_once) {
    secret::Redactor redactor;
    redactor.add("secret-0");
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&redactor, t] {
                for (int i = 0; i < 50; ++i) {
                    redactor.add("secret-" + std::to_string(t) + "-" + std::to_string(i));
                    static_cast<void>(redactor.redact("a secret-0 b"));
                }
            });
        }
    }
    BOOST_TEST(redactor.values().size() == 201U);
    BOOST_TEST(redactor.redact("secret-3-49.") == "***.");
}

BOOST_AUTO_TEST_CASE(a_secret_gives_its_value_only_when_asked) {
    secret::Secret const secret{"hunter22"};
    BOOST_TEST(secret.reveal() == "hunter22");
    BOOST_TEST(!secret.empty());
    BOOST_TEST(secret::Secret{}.empty());
    static_assert(!std::is_convertible_v<secret::Secret, std::string>);
    static_assert(!std::is_convertible_v<secret::Secret, std::string_view>);
}

BOOST_AUTO_TEST_SUITE_END()
