// SPDX-License-Identifier: Apache-2.0
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text_join)

using namespace slipway;
using Views = std::vector<std::string_view>;

BOOST_AUTO_TEST_CASE(split_gives_every_piece_and_never_nothing) {
    struct Row {
        std::string_view text;
        Views pieces;
    };
    for (auto const& row :
         {Row{"", {""}},
          Row{"a", {"a"}},
          Row{",", {"", ""}},
          Row{"a,b", {"a", "b"}},
          Row{",a,,b,", {"", "a", "", "b", ""}}}) {
        BOOST_TEST(text::split(row.text, ',') == row.pieces, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(lines_end_with_lf_or_crlf_and_a_final_empty_one_is_not_counted) {
    struct Row {
        std::string_view text;
        Views rows;
    };
    for (auto const& row :
         {Row{"", {}},
          Row{"\n", {""}},
          Row{"a", {"a"}},
          Row{"a\n", {"a"}},
          Row{"a\r\nb\r\n", {"a", "b"}},
          Row{"a\n\nb", {"a", "", "b"}},
          Row{"a\rb\n", {"a\rb"}}}) {
        BOOST_TEST(text::lines(row.text) == row.rows, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(join_puts_the_separator_between_and_split_takes_it_out_again) {
    std::vector<std::string> const parts{"a", "", "c"};
    BOOST_TEST(text::join(parts, ", ") == "a, , c");
    BOOST_TEST(text::join({}, ", ") == "");
    auto const back = text::split("a::c", ':');
    BOOST_TEST(Views(parts.begin(), parts.end()) == back, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(trim_takes_ascii_white_space_at_both_ends_only) {
    BOOST_TEST(text::trim(" \t a b \r\n\f\v") == "a b");
    BOOST_TEST(text::trim("") == "");
    BOOST_TEST(text::trim(" \n ") == "");
    BOOST_TEST(text::trim("\xC2\xA0x") == "\xC2\xA0x");
}

BOOST_AUTO_TEST_CASE(case_is_ignored_for_ascii_letters_only) {
    BOOST_TEST(text::lower("ÄbC-Z") == "Äbc-z");
    BOOST_TEST(text::equal_ignoring_case("YES", "yes"));
    BOOST_TEST(!text::equal_ignoring_case("yes", "ye"));
    BOOST_TEST(!text::equal_ignoring_case("Ä", "ä"));
    BOOST_TEST(!text::equal_ignoring_case("[", "{"));
}

BOOST_AUTO_TEST_CASE(replace_all_does_not_look_at_what_it_put_in) {
    BOOST_TEST(text::replace_all("aaa", "a", "aa") == "aaaaaa");
    BOOST_TEST(text::replace_all("aaa", "aa", "b") == "ba");
    BOOST_TEST(text::replace_all("", "a", "b") == "");
    BOOST_TEST(text::replace_all("abc", "abc", "") == "");
}

BOOST_AUTO_TEST_CASE(shorten_cuts_at_a_character_and_keeps_the_limit) {
    BOOST_TEST(text::shorten("abcdef", 6) == "abcdef");
    BOOST_TEST(text::shorten("abcdefg", 6) == "abc…");
    BOOST_TEST(text::shorten("aäbcdef", 5) == "a…"); // 2 bytes would cut the ä in two
    BOOST_TEST(text::shorten("aäbcdef", 6) == "aä…");
    BOOST_TEST(text::shorten("🚢🚢🚢", 8) == "🚢…");
    for (std::size_t limit = 0; limit < 12; ++limit) {
        BOOST_TEST(text::shorten("äöü€🚢", limit).size() <= limit);
    }
}

BOOST_AUTO_TEST_CASE(counted_adds_a_plural_s) {
    BOOST_TEST(text::counted(0, "check") == "0 checks");
    BOOST_TEST(text::counted(1, "check") == "1 check");
    BOOST_TEST(text::counted(2, "check") == "2 checks");
}

BOOST_AUTO_TEST_CASE(nearest_finds_typing_errors_and_nothing_else) {
    std::vector<std::string> const options{"--output", "--input", "--timeout", "--yes"};
    struct Row {
        std::string_view word;
        std::string_view near;
    };
    for (auto const& row :
         {Row{"--ouptut", "--output"},
          Row{"--inputs", "--input"},
          Row{"--time-out", "--timeout"},
          Row{"--yse", "--yes"},
          Row{"--frobnicate", ""},
          Row{"", ""}}) {
        BOOST_TEST_CONTEXT(row.word) {
            BOOST_TEST(text::nearest(row.word, options) == row.near);
        }
    }
    BOOST_TEST(text::nearest("x", {}) == "");
    std::vector<std::string> const verbs{"up", "list"};
    BOOST_TEST(text::nearest("go", verbs) == ""); // no letter of it is right
}

BOOST_AUTO_TEST_CASE(a_long_list_is_told_by_its_first_and_the_number_of_the_others) {
    std::vector<std::string> const parts{"a", "b", "c"};
    BOOST_TEST(text::join_first(parts, "; ", 3) == "a; b; c");
    BOOST_TEST(text::join_first(parts, "; ", 1) == "a; and 2 more");
    BOOST_TEST(text::join_first({}, "; ", 1) == "");
}

BOOST_AUTO_TEST_SUITE_END()
