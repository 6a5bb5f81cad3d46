// SPDX-License-Identifier: Apache-2.0
#include "text/line_buffer.hpp"

#include <vector>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text_line_buffer)

using namespace slipway::text;

BOOST_AUTO_TEST_CASE(pieces_become_lines_and_the_rest_comes_with_flush) {
    std::vector<std::string> got;
    LineBuffer buffer{[&](std::string_view line) {
        got.emplace_back(line);
    }};
    for (auto const* piece : {"a", "b\nc", "", "\n\nd"}) {
        buffer.add(piece);
    }
    buffer.flush();
    buffer.flush();
    BOOST_TEST(
        got == (std::vector<std::string>{"ab", "c", "", "d"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_line_without_an_end_is_not_kept_for_ever) {
    std::size_t most = 0;
    LineBuffer buffer{[&](std::string_view line) {
        most = std::max(most, line.size());
    }};
    for (int i = 0; i < 100; ++i) {
        buffer.add(std::string(5000, 'x'));
    }
    BOOST_TEST(most > 0U);
    BOOST_TEST(most < 80'000U);
}

BOOST_AUTO_TEST_CASE(a_line_is_shown_as_a_terminal_would_without_colours) {
    BOOST_TEST(as_shown("10 %\r50 %\r100 %\r") == "100 %");
    BOOST_TEST(as_shown("\x1b[1;31;49mred\x1b[0m") == "red");
    BOOST_TEST(as_shown("\x1b]8;;https://x\x1b\\link\x1b]8;;\x07.") == "link.");
    BOOST_TEST(as_shown("a\x1b[2Kb\x1b(") == "ab");
    BOOST_TEST(as_shown("cut \x1b[3") == "cut ");
    BOOST_TEST(as_shown("plain ✓") == "plain ✓");
}

BOOST_AUTO_TEST_SUITE_END()
