// SPDX-License-Identifier: Apache-2.0
#include "split_plan.hpp"

#include "engine.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(db_backup_split_plan)

using namespace slipway;
using namespace slipway::db_backup;

namespace {

SplitTable table(std::int64_t pages) {
    return {1, "public.t", "public.t", "\"public\".\"t\"", "(a, \"B\")", pages};
}

} // namespace

BOOST_AUTO_TEST_CASE(stretches_follow_one_another_and_the_last_has_no_end) {
    for (std::int64_t const pages : {0, 1, 2047, 2048, 2049, 4096, 100'000}) {
        auto const pieces = stretches({{table(pages)}});
        BOOST_TEST_REQUIRE(!pieces.empty());
        BOOST_TEST(pieces.front().first == 0);
        BOOST_TEST(pieces.back().end == -1);
        BOOST_TEST(pieces.back().first <= std::max<std::int64_t>(pages - 1, 0));
        for (std::size_t i = 1; i < pieces.size(); ++i) {
            BOOST_TEST(pieces[i].first == pieces[i - 1].end);
        }
    }
    BOOST_TEST(stretches({{table(5000), table(10)}}).size() == 4);
    BOOST_TEST(stretches({{table(5000), table(10)}}).back().table == 1);
    BOOST_TEST(stretches({}).empty());
}

BOOST_AUTO_TEST_CASE(a_whole_table_is_copied_as_pg_dump_does_and_a_stretch_by_its_pages) {
    BOOST_TEST(copy_statement(table(1), {0, 0, -1}) == "copy public.t (a, \"B\") to stdout");
    BOOST_TEST(
        copy_statement(table(9000), {0, 2048, 4096}) ==
        "copy (select a, \"B\" from only public.t where ctid >= '(2048,0)'::pg_catalog.tid "
        "and ctid < '(4096,0)'::pg_catalog.tid) to stdout");
    BOOST_TEST(
        copy_statement(table(9000), {0, 4096, -1}) ==
        "copy (select a, \"B\" from only public.t where ctid >= '(4096,0)'::pg_catalog.tid) "
        "to stdout");
}

BOOST_AUTO_TEST_CASE(old_servers_and_unknown_pg_dumps_are_left_to_pg_dump) {
    BOOST_TEST(why_not_split({"", "15.20", 15}, 150'020) == "");
    BOOST_TEST(why_not_split({"", "18.4", 18}, 140'000) == "");
    BOOST_TEST(why_not_split({"", "15.20", 15}, 130'009) != "");
    BOOST_TEST(why_not_split({"", "19.0", 19}, 180'000) != "");
}

BOOST_AUTO_TEST_SUITE_END()
