// SPDX-License-Identifier: Apache-2.0
#include "progress/progress.hpp"
#include "text/utf8.hpp"

#include <limits>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(progress_render)

using namespace slipway;
using namespace std::chrono_literals;
using progress::Unit;

BOOST_AUTO_TEST_CASE(a_bar_shows_share_amount_speed_and_time_left) {
    BOOST_TEST(
        progress::render("users", Unit::bytes, 50'000'000, 100'000'000, 10s, 80) ==
        "users [===============               ]  50 % 50 MB 5.0 MB/s 10.0 s left");
    BOOST_TEST(
        progress::render("rows", Unit::count, 100, 100, 10s, 80) ==
        "rows [==============================] 100 % 100 10/s");
    BOOST_TEST(
        progress::render("rows", Unit::count, 0, 100, 0s, 80) ==
        "rows [                              ]   0 % 0 0/s");
}

BOOST_AUTO_TEST_CASE(an_unknown_total_has_no_share) {
    BOOST_TEST(progress::render("rows", Unit::count, 500, 0, 10s, 80) == "rows 500 50/s");
}

BOOST_AUTO_TEST_CASE(the_share_never_passes_one_hundred) {
    std::string const text = progress::render("rows", Unit::count, 150, 100, 10s, 80);
    BOOST_TEST(text.find(" 100 %") != std::string::npos);
    BOOST_TEST(text.find("left") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_bar_is_wider_than_its_columns) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    std::string const long_title = "tablé_with_a_name_that_is_longer_than_any_narrow_terminal";
    for (std::size_t const columns : {20U, 40U, 80U, 200U}) {
        for (std::string const& title : {std::string{"users"}, long_title}) {
            for (auto const unit : {Unit::bytes, Unit::count}) {
                for (std::uint64_t const total : {std::uint64_t{0}, std::uint64_t{100}, most}) {
                    for (std::uint64_t const done : {std::uint64_t{0}, std::uint64_t{7}, most}) {
                        std::string const text =
                            progress::render(title, unit, done, total, 100h, columns);
                        BOOST_TEST_CONTEXT(text) {
                            BOOST_TEST(text::valid_utf8(text));
                            BOOST_TEST(text::code_points(text) <= columns);
                        }
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(extremes_give_no_nonsense) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    for (auto const elapsed : {time::Milliseconds{0}, time::Milliseconds{86'400'000}}) {
        for (std::uint64_t const done : {std::uint64_t{1}, most - 1, most}) {
            std::string const text = progress::render("x", Unit::count, done, most, elapsed, 200);
            BOOST_TEST_CONTEXT(text) {
                BOOST_TEST(text.find('-') == std::string::npos);
                BOOST_TEST(text.find("nan") == std::string::npos);
                BOOST_TEST((done == 1 || text.find(" 0/s") == std::string::npos));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(bytes_are_told_in_decimal_units_with_at_most_three_digits) {
    struct Row {
        std::uint64_t bytes;
        std::string_view text;
    };
    for (auto const& row :
         {Row{0, "0 B"},
          Row{999, "999 B"},
          Row{1000, "1.0 kB"},
          Row{1234, "1.2 kB"},
          Row{9'949, "9.9 kB"},
          Row{9'951, "10 kB"},
          Row{412'000'000, "412 MB"},
          Row{999'400, "999 kB"},
          Row{999'500, "1.0 MB"},
          Row{1'200'000'000, "1.2 GB"},
          Row{5'000'000'000'000, "5.0 TB"},
          Row{std::numeric_limits<std::uint64_t>::max(), "18447 PB"}}) {
        BOOST_TEST(progress::human_bytes(row.bytes) == row.text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
