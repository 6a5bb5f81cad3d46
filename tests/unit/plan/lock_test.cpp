// SPDX-License-Identifier: Apache-2.0
#include "plan/lock.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(plan_lock)

using namespace slipway::plan;

namespace {

constexpr LockMode last = LockMode::access_exclusive;

LockMode mode(int number) {
    return static_cast<LockMode>(number);
}

} // namespace

BOOST_AUTO_TEST_CASE(conflicts_are_mutual_and_those_of_the_documentation) {
    // Rows and columns from ACCESS SHARE to ACCESS EXCLUSIVE, as the manual's table has them.
    constexpr std::string_view table = ".......X"
                                       "......XX"
                                       "....XXXX"
                                       "...XXXXX"
                                       "..XX.XXX"
                                       "..XXXXXX"
                                       ".XXXXXXX"
                                       "XXXXXXXX";
    for (int a = 1; a <= 8; ++a) {
        BOOST_TEST(!conflict(LockMode::none, mode(a)));
        for (int b = 1; b <= 8; ++b) {
            bool const expected = table[static_cast<std::size_t>((a - 1) * 8 + b - 1)] == 'X';
            BOOST_TEST(conflict(mode(a), mode(b)) == expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_mode_is_read_as_lock_table_and_as_pg_locks_spell_it) {
    BOOST_TEST((lock_mode_from("ACCESS EXCLUSIVE") == last));
    BOOST_TEST((lock_mode_from("share row exclusive") == LockMode::share_row_exclusive));
    BOOST_TEST((lock_mode_from("ShareUpdateExclusiveLock") == LockMode::share_update_exclusive));
    BOOST_TEST(!lock_mode_from("SIReadLock").has_value());
    BOOST_TEST(name(LockMode::row_share) == "ROW SHARE");
}

BOOST_AUTO_TEST_CASE(a_mode_blocks_reads_writes_or_neither) {
    BOOST_TEST((blocks(LockMode::access_exclusive) == Blocks::reads_and_writes));
    BOOST_TEST((blocks(LockMode::exclusive) == Blocks::writes));
    BOOST_TEST((blocks(LockMode::share) == Blocks::writes));
    BOOST_TEST((blocks(LockMode::share_row_exclusive) == Blocks::writes));
    BOOST_TEST((blocks(LockMode::share_update_exclusive) == Blocks::nothing));
    BOOST_TEST((blocks(LockMode::row_exclusive) == Blocks::nothing));
    BOOST_TEST((blocks(LockMode::none) == Blocks::nothing));
}

BOOST_AUTO_TEST_SUITE_END()
