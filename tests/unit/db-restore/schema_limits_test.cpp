// SPDX-License-Identifier: Apache-2.0
#include "schema_limits.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(db_restore_schema_limits)

using namespace slipway;
using db_restore::Cover;
using db_restore::cover_of;

BOOST_AUTO_TEST_CASE(what_belongs_to_the_whole_database_is_left_or_impossible) {
    BOOST_TEST((cover_of("TABLE DATA public users app") == Cover::restored));
    BOOST_TEST((cover_of("DEFAULT ACL app DEFAULT PRIVILEGES FOR TABLES app") == Cover::restored));
    BOOST_TEST((cover_of("DEFAULT ACL - DEFAULT PRIVILEGES FOR TABLES app") == Cover::left));
    BOOST_TEST((cover_of("EXTENSION - citext ") == Cover::left));
    BOOST_TEST((cover_of("BLOB - 16400 app") == Cover::impossible));
    BOOST_TEST((cover_of("PUBLICATION TABLE public feed users app") == Cover::impossible));
    BOOST_TEST((cover_of("EVENT TRIGGER - watch app") == Cover::impossible));
}

BOOST_AUTO_TEST_CASE(schemas_that_are_there_and_rows_of_extensions_are_not_made_again) {
    std::vector<backup::Entry> const entries{
        {1, 10, "SCHEMA - app owner"},
        {2, 0, "ACL - SCHEMA app owner"},
        {3, 11, "SCHEMA - app2 owner"},
        {4, 12, "TABLE app users owner"},
        {5, 12, "TABLE DATA app users owner"},
        {6, 13, "TABLE DATA public spatial_ref_sys owner"}};
    auto const covered = db_restore::covered(entries, {"app"});
    BOOST_TEST_REQUIRE(covered.size() == 3U);
    BOOST_TEST(covered[0].dump_id == 3);
    BOOST_TEST(covered[2].dump_id == 5);
}

BOOST_AUTO_TEST_SUITE_END()
