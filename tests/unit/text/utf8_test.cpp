// SPDX-License-Identifier: Apache-2.0
#include "text/utf8.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text_utf8)

using namespace slipway;

BOOST_AUTO_TEST_CASE(valid_utf8_refuses_overlong_forms_and_surrogates) {
    BOOST_TEST(text::valid_utf8("z\xC3\xA4\xE2\x82\xAC\xF0\x9F\x9A\xA2"));
    BOOST_TEST(!text::valid_utf8("\xC0\xAF"));
    BOOST_TEST(!text::valid_utf8("\xE0\x80\xAF"));
    BOOST_TEST(!text::valid_utf8("\xED\xA0\x80"));
    BOOST_TEST(!text::valid_utf8("\xF4\x90\x80\x80"));
    BOOST_TEST(!text::valid_utf8("\xE2\x82"));
}

BOOST_AUTO_TEST_CASE(to_utf8_replaces_only_the_bad_bytes) {
    BOOST_TEST(
        text::to_utf8("a\xFF"
                      "b\xE2\x82") == "a\xEF\xBF\xBD"
                                      "b\xEF\xBF\xBD\xEF\xBF\xBD");
    BOOST_TEST(text::to_utf8("ünïcode") == "ünïcode");
}

BOOST_AUTO_TEST_CASE(printable_shows_escape_sequences_instead_of_sending_them) {
    BOOST_TEST(text::printable("\x1b[31mred\tline\n") == "\\x1b[31mred\tline\n");
    BOOST_TEST(
        text::printable("\xC2\x9B"
                        "31m") == "\\x9b31m");
    BOOST_TEST(text::printable_line("a\nb\tc") == "a\\nb\\tc");
}

BOOST_AUTO_TEST_SUITE_END()
