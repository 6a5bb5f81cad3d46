// SPDX-License-Identifier: Apache-2.0
#include "data_loss.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(db_restore_data_loss)

using namespace slipway;
using namespace slipway::db_restore;

BOOST_AUTO_TEST_CASE(tables_that_change_are_told_with_both_numbers) {
    backup::Manifest safety;
    safety.tables = {
        {"public", "same", 1, 5, true},
        {"public", "less", 2, 12, true},
        {"public", "new", 3, 7, true},
        {"public", "kept empty", 4, 9, true}};
    backup::Manifest restored;
    restored.tables = {
        {"public", "same", 1, 5, true},
        {"public", "less", 2, 10, true},
        {"public", "gone", 5, 3, true},
        {"public", "kept empty", 4, 9, false}};
    std::vector<std::string> told;
    for (auto const& change : row_changes(safety, restored)) {
        told.push_back(
            change.table + " " + std::to_string(change.live) + " " +
            std::to_string(change.restored));
    }
    BOOST_TEST(
        told ==
            (std::vector<std::string>{
                "public.gone 0 3", "public.kept empty 9 0", "public.less 12 10", "public.new 7 0"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
