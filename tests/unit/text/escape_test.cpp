// SPDX-License-Identifier: Apache-2.0
#include "text/escape.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text_escape)

using namespace slipway;

namespace {
struct Row {
    std::string_view plain;
    std::string_view escaped;
};
} // namespace

BOOST_AUTO_TEST_CASE(base64_gives_the_vectors_of_rfc_4648) {
    for (auto const& row :
         {Row{"", ""},
          Row{"f", "Zg=="},
          Row{"fo", "Zm8="},
          Row{"foo", "Zm9v"},
          Row{"foob", "Zm9vYg=="},
          Row{"fooba", "Zm9vYmE="},
          Row{"foobar", "Zm9vYmFy"},
          Row{"\xFB\xFF\xBF", "+/+/"}}) {
        BOOST_TEST(text::base64_encode(row.plain) == row.escaped);
    }
}

BOOST_AUTO_TEST_CASE(percent_encoding_keeps_the_unreserved_of_rfc_3986_only) {
    std::string_view const unreserved =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    BOOST_TEST(text::percent_encode(unreserved) == unreserved);
    BOOST_TEST(
        text::percent_encode(":/?#[]@!$&'()*+,;= %") ==
        "%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%20%25");
    BOOST_TEST(text::percent_encode("ä") == "%C3%A4");
}

BOOST_AUTO_TEST_CASE(percent_decoding_undoes_it_for_every_byte) {
    std::string all;
    for (int i = 0; i < 256; ++i) {
        all += static_cast<char>(i);
    }
    BOOST_TEST((text::percent_decode(text::percent_encode(all)) == all));
    BOOST_TEST((text::percent_decode("%c3%A4+") == "ä+"));
}

BOOST_AUTO_TEST_CASE(percent_decoding_refuses_broken_sequences) {
    for (std::string_view const broken : {"%", "%4", "a%", "%4g", "%g4", "%%41", "100%"}) {
        BOOST_TEST_CONTEXT(broken) {
            BOOST_TEST(!text::percent_decode(broken).has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(html_escape_makes_text_safe_in_attributes_too) {
    BOOST_TEST(
        text::html_escape("<a href=\"x\" title='&'>") ==
        "&lt;a href=&quot;x&quot; title=&#39;&amp;&#39;&gt;");
}

BOOST_AUTO_TEST_CASE(gfm_escape_leaves_no_markup_mention_link_or_row) {
    for (auto const& row :
         {Row{"plain text", "plain text"},
          Row{"a|b", "a\\|b"},
          Row{"*b* _i_ `c`", "\\*b\\* \\_i\\_ \\`c\\`"},
          Row{"[a](b)", "\\[a\\](b)"},
          Row{"<img>", "&lt;img&gt;"},
          Row{"&amp;", "&amp;amp;"},
          Row{"@org", "&#64;org"},
          Row{"http://x.y", "http&#58;//x.y"},
          Row{"a\nb\r\tc", "a b  c"},
          Row{"\x1b[31m\x7f", "\\[31m"},
          Row{"www.x.y", "www&#46;x.y"},
          Row{"12. x", "12\\. x"},
          Row{"- x", "\\- x"},
          Row{"a-b: c. (d)", "a-b: c. (d)"},
          Row{"# h", "\\# h"}}) {
        BOOST_TEST(text::gfm_escape(row.plain) == row.escaped);
    }
}

BOOST_AUTO_TEST_CASE(gfm_code_holds_any_text) {
    for (auto const& row :
         {Row{"a", "`a`"},
          Row{"a`b", "`` a`b ``"},
          Row{"``", "``` `` ```"},
          Row{"", "`  `"},
          Row{"a|b", "`a\\|b`"},
          Row{"a\nb", "`a b`"},
          // A reader takes one space off at both ends where both are there.
          Row{" a ", "`  a  `"}}) {
        BOOST_TEST(text::gfm_code(row.plain) == row.escaped);
    }
}

BOOST_AUTO_TEST_CASE(shell_quote_quotes_only_where_it_must) {
    for (auto const& row :
         {Row{"db-backup", "db-backup"},
          Row{"a/b_c.d:e,f@g=h%i+j", "a/b_c.d:e,f@g=h%i+j"},
          Row{"", "''"},
          Row{"a b", "'a b'"},
          Row{"it's", "'it'\\''s'"},
          Row{"$(rm)", "'$(rm)'"},
          Row{"~", "'~'"},
          Row{"a\nb", "'a\nb'"}}) {
        BOOST_TEST(text::shell_quote(row.plain) == row.escaped);
    }
}

BOOST_AUTO_TEST_SUITE_END()
