// SPDX-License-Identifier: Apache-2.0
#include "time/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(time_rfc3339)

using namespace slipway;
using namespace std::chrono_literals;

namespace {
std::string again(std::string_view text) {
    auto const read = time::from_rfc3339(text);
    return read ? time::to_rfc3339(*read) : "nothing";
}
} // namespace

BOOST_AUTO_TEST_CASE(times_are_written_in_utc_with_milliseconds) {
    BOOST_TEST(time::to_rfc3339(time::Instant{}) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(time::to_rfc3339(time::Instant{-1ms}) == "1969-12-31T23:59:59.999Z");
    BOOST_TEST(time::to_rfc3339(time::Instant{1769853600123ms}) == "2026-01-31T10:00:00.123Z");
}

BOOST_AUTO_TEST_CASE(what_is_read_is_written_as_the_same_instant) {
    struct Row {
        std::string_view text;
        std::string_view utc;
    };
    for (auto const& row :
         {Row{"2026-01-31T10:00:00.123Z", "2026-01-31T10:00:00.123Z"},
          Row{"2026-01-31t10:00:00z", "2026-01-31T10:00:00.000Z"},
          Row{"2026-01-31 10:00:00Z", "2026-01-31T10:00:00.000Z"},
          Row{"2026-01-31T10:00:00.1Z", "2026-01-31T10:00:00.100Z"},
          Row{"2026-01-31T10:00:00.123456789Z", "2026-01-31T10:00:00.123Z"},
          Row{"2026-01-31T10:00:00+02:00", "2026-01-31T08:00:00.000Z"},
          Row{"2026-01-01T00:30:00+05:45", "2025-12-31T18:45:00.000Z"},
          Row{"2026-12-31T23:00:00-08:00", "2027-01-01T07:00:00.000Z"},
          Row{"2026-01-31T10:00:00-00:00", "2026-01-31T10:00:00.000Z"},
          Row{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
          Row{"2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"},
          // RFC 3339's own examples: a leap second is the first instant after it.
          Row{"1990-12-31T23:59:60Z", "1991-01-01T00:00:00.000Z"},
          Row{"1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"},
          Row{"1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"}}) {
        BOOST_TEST_CONTEXT(row.text) {
            BOOST_TEST(again(row.text) == row.utc);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_rfc_3339_time_is_nothing) {
    for (std::string_view const text :
         {"",
          "2026",
          "2026-01-31",
          "2026-01-31T10:00:00",
          "2026-01-31T10:00Z",
          "2026-1-31T10:00:00Z",
          "2026-02-29T00:00:00Z",
          "2100-02-29T00:00:00Z",
          "2026-00-10T00:00:00Z",
          "2026-13-10T00:00:00Z",
          "2026-04-31T00:00:00Z",
          "2026-01-00T00:00:00Z",
          "2026-01-31T24:00:00Z",
          "2026-01-31T10:60:00Z",
          "2026-01-31T10:00:61Z",
          "2026-01-31T10:00:00.Z",
          "2026-01-31T10:00:00+0200",
          "2026-01-31T10:00:00+24:00",
          "2026-01-31T10:00:00+02:60",
          "2026-01-31T10:00:00Z ",
          " 2026-01-31T10:00:00Z",
          "2026-01-31T10:00:00ZZ",
          "-026-01-31T10:00:00Z",
          "2026-01-31T+1:00:00Z"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!time::from_rfc3339(text).has_value());
        }
    }
}

BOOST_AUTO_TEST_CASE(the_basic_form_sorts_as_the_times_do) {
    BOOST_TEST(time::to_basic(time::Instant{1769853600123ms}) == "20260131T100000Z");
    BOOST_TEST(time::to_basic(time::Instant{0ms}) < time::to_basic(time::Instant{1000ms}));
}

BOOST_AUTO_TEST_SUITE_END()
