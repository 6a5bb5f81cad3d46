// SPDX-License-Identifier: Apache-2.0
#include "retry/retry.hpp"

#include "support/fake_clock.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(retry_run)

using namespace slipway;
using namespace std::chrono_literals;
using support::FakeClock;

namespace {

retry::Policy const no_jitter{5, 200ms, 1000ms, 0.0};

// Fails `failures` times, then says how often it was called.
struct Flaky {
    int failures;
    ErrorKind kind = ErrorKind::unavailable;
    int calls = 0;

    int operator()() {
        if (++calls <= failures) {
            throw Error{kind, "connection refused", "Start it."};
        }
        return calls;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(work_that_succeeds_in_the_end_has_waited_longer_each_time) {
    FakeClock clock;
    Flaky work{4};
    BOOST_TEST(
        retry::run(no_jitter, {clock, time::Deadline::never(), {}}, retry::unavailable, work) == 5);
    BOOST_TEST((clock.sleeps == std::vector<time::Milliseconds>{200ms, 400ms, 800ms, 1000ms}));
}

BOOST_AUTO_TEST_CASE(the_last_error_says_how_many_attempts_there_were) {
    FakeClock clock;
    Flaky work{99};
    BOOST_CHECK_EXCEPTION(
        retry::run(no_jitter, {clock, time::Deadline::never(), {}}, retry::unavailable, work),
        Error,
        [](Error const& error) {
            return error.message() == "after 5 attempts: connection refused" &&
                   error.kind() == ErrorKind::unavailable && error.hint() == "Start it.";
        });
    BOOST_TEST(work.calls == 5);
    BOOST_TEST(clock.sleeps.size() == 4U);
}

BOOST_AUTO_TEST_CASE(the_other_side_may_say_how_long_to_wait) {
    FakeClock clock;
    int calls = 0;
    auto const work = [&] {
        if (++calls == 1) {
            throw retry::Later{Error{ErrorKind::unavailable, "too many requests"}, 7s};
        }
        return calls;
    };
    BOOST_TEST(
        retry::run(no_jitter, {clock, time::Deadline::never(), {}}, retry::unavailable, work) == 2);
    BOOST_TEST((clock.sleeps == std::vector<time::Milliseconds>{7s}));
    calls = 0;
    BOOST_CHECK_EXCEPTION(
        retry::run(no_jitter, {clock, time::Deadline::after(5s), {}}, retry::unavailable, work),
        Error,
        [](Error const& error) { return error.message() == "too many requests"; });
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(one_attempt_is_told_as_it_was) {
    FakeClock clock;
    Flaky work{99};
    retry::Policy once = no_jitter;
    once.attempts = 1;
    BOOST_CHECK_EXCEPTION(
        retry::run(once, {clock, time::Deadline::never(), {}}, retry::unavailable, work),
        Error,
        [](Error const& error) { return error.message() == "connection refused"; });
    BOOST_TEST(work.calls == 1);
}

BOOST_AUTO_TEST_CASE(an_error_that_is_not_transient_is_not_tried_again) {
    FakeClock clock;
    Flaky work{99, ErrorKind::refused};
    BOOST_CHECK_EXCEPTION(
        retry::run(no_jitter, {clock, time::Deadline::never(), {}}, retry::unavailable, work),
        Error,
        [](Error const& error) {
            return error.kind() == ErrorKind::refused && error.message() == "connection refused";
        });
    BOOST_TEST(work.calls == 1);
    BOOST_TEST(clock.sleeps.empty());
}

BOOST_AUTO_TEST_CASE(no_wait_goes_beyond_the_deadline) {
    FakeClock clock;
    Flaky work{99};
    retry::Patience const patience{clock, time::Deadline::after(100ms), {}};
    BOOST_CHECK_EXCEPTION(
        retry::run(no_jitter, patience, retry::unavailable, work), Error, [](Error const& error) {
            return error.kind() == ErrorKind::unavailable;
        });
    BOOST_TEST(work.calls == 1);
    BOOST_TEST(clock.sleeps.empty());
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_waiting) {
    FakeClock clock;
    Flaky work{99};
    std::stop_source stop;
    stop.request_stop();
    retry::Patience const patience{clock, time::Deadline::never(), stop.get_token()};
    BOOST_CHECK_EXCEPTION(
        retry::run(no_jitter, patience, retry::unavailable, work), Error, [](Error const& error) {
            return error.kind() == ErrorKind::interrupted;
        });
    BOOST_TEST(work.calls == 1);
}

BOOST_AUTO_TEST_CASE(the_caller_hears_of_each_wait) {
    FakeClock clock;
    Flaky work{2};
    std::string told;
    retry::run(
        no_jitter,
        {clock, time::Deadline::never(), {}},
        retry::unavailable,
        work,
        [&](Error const& error, auto wait) {
            told += error.message() + " " + std::to_string(wait.count()) + "; ";
        });
    BOOST_TEST(told == "connection refused 200; connection refused 400; ");
}

BOOST_AUTO_TEST_CASE(jitter_shortens_a_wait_by_at_most_its_share) {
    retry::Policy const policy{5, 200ms, 5000ms, 0.5};
    struct Row {
        int attempt;
        double random;
        std::int64_t ms;
    };
    for (auto const& row :
         {Row{2, 0.0, 200},
          Row{2, 0.5, 150},
          Row{2, 1.0, 100},
          Row{3, 0.0, 400},
          Row{6, 0.0, 3200},
          Row{7, 0.0, 5000},
          Row{1000, 0.0, 5000},
          Row{1000, 1.0, 2500}}) {
        BOOST_TEST(retry::wait_before(policy, row.attempt, row.random).count() == row.ms);
    }
}

BOOST_AUTO_TEST_SUITE_END()
