// SPDX-License-Identifier: Apache-2.0
#include "shadow_name.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_shadow_name)

using namespace slipway::migrate_apply;

BOOST_AUTO_TEST_CASE(a_name_says_its_run_and_is_known_again_by_its_database_alone) {
    auto const name = shadow_name("Build #42/ü", "7/shop", "0123abcd");
    BOOST_TEST(name.starts_with("slipway_shadow_build__42____"));
    BOOST_TEST(name.ends_with("0123abcd"));
    BOOST_TEST(is_shadow_of("7/shop", name));
    BOOST_TEST(!is_shadow_of("8/shop", name));
    BOOST_TEST(!is_shadow_of("7/shop2", name));
    BOOST_TEST(is_shadow_of("7/shop", shadow_name("", "7/shop", "00000000")));
}

BOOST_AUTO_TEST_CASE(the_longest_run_gives_a_name_that_the_server_does_not_cut) {
    auto const name = shadow_name(std::string(200, 'r'), "7/shop", "0123abcd");
    BOOST_TEST(name.size() <= 63U);
    BOOST_TEST(is_shadow_of("7/shop", name));
}

BOOST_AUTO_TEST_CASE(a_name_that_somebody_gave_is_none_of_ours) {
    for (auto const* const name :
         {"shop", "slipway_shadow_", "slipway_shadow_mine", "slipway_shadow_x_0123456789zz", ""}) {
        BOOST_TEST(!is_shadow_of("7/shop", name), name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
