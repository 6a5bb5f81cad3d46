// SPDX-License-Identifier: Apache-2.0
#include "pg/advisory_lock.hpp"

#include "support/database.hpp"
#include "support/errors.hpp"

#include <limits>
#include <thread>

#include <boost/test/unit_test.hpp>

using namespace slipway;
using namespace std::chrono_literals;
using support::error_of;
using support::time_of;

namespace pg_advisory_lock {

namespace {

struct Sessions {
    support::Database database;
    pg::Connection first = database.connect({.application_name = "slipway/migrate-apply/17"});
    pg::Connection second = database.connect();
};

} // namespace

} // namespace pg_advisory_lock

BOOST_FIXTURE_TEST_SUITE(pg_advisory_lock, pg_advisory_lock::Sessions)

BOOST_AUTO_TEST_CASE(a_lock_excludes_others_until_it_goes) {
    {
        auto const lock = pg::AdvisoryLock::try_take(first, 7);
        BOOST_REQUIRE(lock.has_value());
        BOOST_TEST(lock->is_held());
        BOOST_TEST(!pg::AdvisoryLock::try_take(second, 7).has_value());
        BOOST_TEST(pg::AdvisoryLock::try_take(second, 8).has_value());
    }
    BOOST_TEST(pg::AdvisoryLock::try_take(second, 7).has_value());
}

BOOST_AUTO_TEST_CASE(the_holder_is_found_for_keys_of_all_64_bits) {
    for (std::int64_t const key :
         {std::int64_t{0},
          std::int64_t{-1},
          std::int64_t{42},
          std::int64_t{0x1234567890abcdef},
          std::numeric_limits<std::int64_t>::min()}) {
        BOOST_TEST(!pg::holder_of(second, key).has_value());
        auto const lock = pg::AdvisoryLock::try_take(first, key);
        auto const holder = pg::holder_of(second, key);
        BOOST_REQUIRE(holder.has_value());
        BOOST_TEST(holder->pid == first.backend_pid());
        BOOST_TEST(holder->application_name == "slipway/migrate-apply/17");
        BOOST_TEST(holder->user == "slipway");
        BOOST_TEST(holder->client == "127.0.0.1");
        BOOST_TEST(holder->since.has_value());
    }
}

BOOST_AUTO_TEST_CASE(a_lock_of_two_32_bit_keys_is_not_mistaken_for_one_of_64_bits) {
    first.exec("select pg_advisory_lock(0, 42)");
    BOOST_TEST(!pg::holder_of(second, 42).has_value());
}

BOOST_AUTO_TEST_CASE(a_wait_ends_when_the_lock_goes_and_names_the_holder_meanwhile) {
    auto lock = pg::AdvisoryLock::try_take(first, 7);
    std::int32_t seen = 0;
    std::thread releaser{[&] {
        std::this_thread::sleep_for(300ms);
        lock.reset();
    }};
    auto const took = time_of([&] {
        auto const mine = pg::AdvisoryLock::wait(
            second, 7, time::Deadline::after(10s), [&](pg::LockHolder const& holder) {
                seen = holder.pid;
            });
        BOOST_TEST(mine.is_held());
    });
    releaser.join();
    BOOST_TEST(seen == first.backend_pid());
    BOOST_TEST(took.count() >= 250);
    BOOST_TEST(took.count() < 1500);
}

BOOST_AUTO_TEST_CASE(a_wait_is_refused_at_its_deadline_with_the_holders_name) {
    auto const lock = pg::AdvisoryLock::try_take(first, 7);
    auto const error =
        error_of([&] { pg::AdvisoryLock::wait(second, 7, time::Deadline::after(200ms)); });
    BOOST_TEST((error.kind() == ErrorKind::refused));
    BOOST_TEST(error.message().find("slipway/migrate-apply/17") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_a_wait) {
    auto const lock = pg::AdvisoryLock::try_take(first, 7);
    std::stop_source source;
    second.set_limits(time::Deadline::never(), source.get_token());
    std::thread stopper{[&] {
        std::this_thread::sleep_for(150ms);
        source.request_stop();
    }};
    auto const error =
        error_of([&] { pg::AdvisoryLock::wait(second, 7, time::Deadline::after(30s)); });
    stopper.join();
    BOOST_TEST((error.kind() == ErrorKind::interrupted));
}

BOOST_AUTO_TEST_CASE(a_waiter_does_not_deadlock_create_index_concurrently) {
    first.exec("create table t (a int)");
    auto lock = pg::AdvisoryLock::try_take(first, 7);
    std::thread waiter{[&] {
        auto const mine = pg::AdvisoryLock::wait(second, 7, time::Deadline::after(20s));
        BOOST_TEST(mine.is_held());
    }};
    std::this_thread::sleep_for(100ms);
    first.exec("create index concurrently on t (a)", {}, time::Deadline::after(10s));
    lock.reset();
    waiter.join();
}

BOOST_AUTO_TEST_CASE(a_moved_lock_is_released_once_and_a_closed_session_releases_it_too) {
    auto taken = pg::AdvisoryLock::try_take(first, 7);
    pg::AdvisoryLock moved = std::move(*taken);
    taken.reset();
    BOOST_TEST(!pg::AdvisoryLock::try_take(second, 7).has_value());
    first.close();
    BOOST_TEST(!moved.is_held());
    auto const mine = pg::AdvisoryLock::wait(second, 7, time::Deadline::after(5s));
    BOOST_TEST(mine.is_held());
}

BOOST_AUTO_TEST_SUITE_END()
