// SPDX-License-Identifier: Apache-2.0
#include "time/deadline.hpp"

#include <limits>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(time_deadline)

using namespace slipway;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(a_deadline_counts_down_to_nothing_and_not_below) {
    auto const later = time::Deadline::after(10s);
    BOOST_TEST(!later.expired());
    BOOST_TEST((later.remaining() > 9s && later.remaining() <= 10s));
    auto const past = time::Deadline::after(-1s);
    BOOST_TEST(past.expired());
    BOOST_TEST(past.remaining().count() == 0);
}

BOOST_AUTO_TEST_CASE(a_deadline_that_never_comes_still_fits_poll) {
    auto const never = time::Deadline::never();
    BOOST_TEST(never.is_never());
    BOOST_TEST(!never.expired());
    BOOST_TEST(never.remaining().count() > 0);
    BOOST_TEST(never.remaining().count() <= std::numeric_limits<int>::max());
}

BOOST_AUTO_TEST_CASE(sooner_takes_the_earlier_of_two) {
    auto const far = time::Deadline::after(1h);
    BOOST_TEST((far.sooner(1s).remaining() <= 1s));
    BOOST_TEST((far.sooner(2h).remaining() <= 1h));
    BOOST_TEST((far.sooner(2h).remaining() > 59min));
    BOOST_TEST((time::Deadline::never().sooner(1s).remaining() <= 1s));
}

BOOST_AUTO_TEST_CASE(a_sleep_ends_at_once_when_a_stop_is_requested) {
    time::SystemClock clock;
    std::stop_source stop;
    auto const started = clock.steady();
    std::jthread const other{[&] {
        stop.request_stop();
    }};
    BOOST_TEST(!clock.sleep(10s, stop.get_token()));
    BOOST_TEST((clock.steady() - started < 5s));
    BOOST_TEST(clock.sleep(1ms, {}));
}

BOOST_AUTO_TEST_SUITE_END()
