// SPDX-License-Identifier: Apache-2.0
#include "time/duration.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(time_duration)

using namespace slipway;
using time::Milliseconds;

BOOST_AUTO_TEST_CASE(durations_are_read_in_every_spelling) {
    struct Row {
        std::string_view text;
        std::int64_t ms;
    };
    for (auto const& row :
         {Row{"0", 0},
          Row{"90", 90'000},
          Row{"1.5", 1500},
          Row{"250ms", 250},
          Row{"90s", 90'000},
          Row{"5m", 300'000},
          Row{"5min", 300'000},
          Row{"1.5h", 5'400'000},
          Row{"1h30m", 5'400'000},
          Row{"1m30s", 90'000},
          Row{"7d", 604'800'000},
          Row{"1d2h3m4s5ms", 93'784'005},
          Row{"3650d", 315'360'000'000}}) {
        BOOST_TEST_CONTEXT(row.text) {
            auto const read = time::parse_duration(row.text);
            BOOST_REQUIRE(read.has_value());
            BOOST_TEST(read->count() == row.ms);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_nothing) {
    for (std::string_view const text :
         {"",
          "s",
          "-5s",
          "+5s",
          "5 s",
          "5x",
          "1h30",
          "1..5s",
          ".",
          ".s",
          "1e3",
          "inf",
          "nan",
          "0x5",
          "5s ",
          " 5s",
          "5S",
          "5ss",
          "1h-",
          "ms5",
          "5,5s",
          "4000d",
          "99999999999999999999d"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!time::parse_duration(text).has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_spelt_duration_is_read_back_as_it_was) {
    for (std::int64_t const ms :
         {0L,
          1L,
          250L,
          999L,
          1000L,
          1001L,
          59'999L,
          60'000L,
          90'000L,
          3'600'000L,
          86'399'999L,
          86'400'000L,
          93'784'005L,
          315'360'000'000L}) {
        BOOST_TEST_CONTEXT(ms) {
            auto const read = time::parse_duration(time::spell_duration(Milliseconds{ms}));
            BOOST_REQUIRE(read.has_value());
            BOOST_TEST(read->count() == ms);
        }
    }
    BOOST_TEST(time::spell_duration(Milliseconds{250}) == "250ms");
    BOOST_TEST(time::spell_duration(Milliseconds{90'000}) == "1m30s");
    BOOST_TEST(time::spell_duration(Milliseconds{7'200'000}) == "2h");
    BOOST_TEST(time::spell_duration(Milliseconds{0}) == "0s");
}

BOOST_AUTO_TEST_CASE(a_reader_gets_two_significant_places) {
    struct Row {
        std::int64_t ms;
        std::string_view text;
    };
    for (auto const& row :
         {Row{0, "0 ms"},
          Row{38, "38 ms"},
          Row{999, "999 ms"},
          Row{1000, "1.0 s"},
          Row{3149, "3.1 s"},
          Row{59'999, "59.9 s"},
          Row{60'000, "1 min 0 s"},
          Row{252'000, "4 min 12 s"},
          Row{3'599'999, "59 min 59 s"},
          Row{7'500'000, "2 h 5 min"},
          Row{86'400'000, "1 d 0 h"},
          Row{200'000'000, "2 d 7 h"}}) {
        BOOST_TEST(time::human_duration(Milliseconds{row.ms}) == row.text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
