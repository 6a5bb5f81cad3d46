// SPDX-License-Identifier: Apache-2.0
#include "http/retry_after.hpp"

#include "time/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(http_retry_after)

using namespace slipway;

namespace {

std::int64_t wait_of(std::string const& value) {
    http::Headers headers;
    headers.add("retry-after", value);
    auto const wait = http::retry_after(headers, *time::from_rfc3339("2026-01-31T10:00:00Z"));
    return wait ? wait->count() : -1;
}

} // namespace

BOOST_AUTO_TEST_CASE(seconds_and_dates_are_read_and_nonsense_is_nothing) {
    BOOST_TEST(wait_of("3") == 3000);
    BOOST_TEST(wait_of(" 0 ") == 0);
    BOOST_TEST(wait_of("Sat, 31 Jan 2026 10:00:07 GMT") == 7000);
    BOOST_TEST(wait_of("Sat, 31 Jan 2026 09:00:00 GMT") == 0);
    BOOST_TEST(wait_of("-5") == 0);
    BOOST_TEST(wait_of("99999999999") == 86'400'000);
    BOOST_TEST(wait_of("soon") == -1);
    BOOST_TEST(wait_of("") == -1);
    BOOST_TEST(!http::retry_after({}, {}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
