// SPDX-License-Identifier: Apache-2.0
#include "backup/restore.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(backup_restore)

using namespace slipway;

BOOST_AUTO_TEST_CASE(only_a_parameter_that_older_servers_lack_is_a_harmless_complaint) {
    BOOST_TEST(backup::is_harmless(
        "pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "
        "\"transaction_timeout\""));
    BOOST_TEST(!backup::is_harmless("pg_restore: error: could not execute query: ERROR:  role "
                                    "\"app\" does not exist"));
    BOOST_TEST(!backup::is_harmless("unrecognized configuration parameter \"my.setting\""));
}

BOOST_AUTO_TEST_CASE(the_major_version_is_read_from_any_spelling) {
    BOOST_TEST(backup::major_of("15.20") == 15);
    BOOST_TEST(backup::major_of("18beta1") == 18);
    BOOST_TEST(backup::major_of("devel") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
