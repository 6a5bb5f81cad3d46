// SPDX-License-Identifier: Apache-2.0
#include "marker.hpp"

#include "time/rfc3339.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(db_restore_marker)

using namespace slipway;
using namespace slipway::db_restore;

namespace {

Marker sample() {
    Marker out;
    out.stage = Stage::previous;
    out.live = "shop \"x\"";
    out.run = "77";
    out.at = *time::from_rfc3339("2026-01-31T10:00:00.123Z");
    out.backup = "20260131T100000Z-staging-3f2a";
    out.replaced_by = 16'491;
    out.comment = "it's \"ours\"";
    return out;
}

constexpr std::string_view tag = "20260131t100000z_3f2a";

} // namespace

BOOST_AUTO_TEST_CASE(a_marker_survives_its_comment) {
    auto const read = from_comment(to_comment(sample()));
    BOOST_TEST_REQUIRE(read.has_value());
    BOOST_TEST((read->stage == Stage::previous));
    BOOST_TEST(read->live == sample().live);
    BOOST_TEST(read->run == "77");
    BOOST_TEST((read->at == sample().at));
    BOOST_TEST(read->backup == sample().backup);
    BOOST_TEST(read->replaced_by == 16'491);
    BOOST_TEST(read->comment.value() == *sample().comment);
    auto bare = sample();
    bare.comment.reset();
    BOOST_TEST(!from_comment(to_comment(bare))->comment.has_value());
}

BOOST_AUTO_TEST_CASE(comments_of_others_are_no_markers) {
    for (std::string_view const text :
         {"",
          "our shop",
          "{}",
          "[1]",
          "{\"slipway\":\"db-restore/1\"}",
          "{\"slipway\":\"db-restore/2\",\"stage\":\"previous\",\"live\":\"a\",\"at\":"
          "\"2026-01-31T10:00:00Z\",\"replaced_by\":1}",
          "{\"slipway\":\"db-restore/1\",\"stage\":\"other\",\"live\":\"a\",\"at\":"
          "\"2026-01-31T10:00:00Z\",\"replaced_by\":1}"}) {
        BOOST_TEST(!from_comment(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_CASE(a_name_tells_what_it_is_and_when) {
    BOOST_TEST(name_for(Stage::restoring, "shop", tag) == "shop__new_20260131t100000z_3f2a");
    BOOST_TEST(name_for(Stage::previous, "shop", tag) == "shop__prev_20260131t100000z_3f2a");
    auto const made = make_tag(sample().at);
    BOOST_TEST(made.starts_with("20260131t100000z_"));
    BOOST_TEST(is_name_for(Stage::restoring, "shop", name_for(Stage::restoring, "shop", made)));
}

BOOST_AUTO_TEST_CASE(a_long_name_is_cut_at_a_character_and_still_known) {
    std::string live;
    for (int i = 0; i < 31; ++i) {
        live += "ü";
    }
    for (auto const stage : {Stage::restoring, Stage::previous}) {
        auto const name = name_for(stage, live, tag);
        BOOST_TEST(name.size() <= 63U);
        BOOST_TEST(name.starts_with("üüüüüüüüüü"));
        BOOST_TEST(name.find("ü__") != std::string::npos);
        BOOST_TEST(is_name_for(stage, live, name));
    }
}

BOOST_AUTO_TEST_CASE(names_of_others_are_not_taken_for_ours) {
    for (std::string_view const name :
         {"shop",
          "shop__new_",
          "shop__new_2026",
          "shop__new_20260131t100000z_3f2g",
          "shop__new_20260131T100000Z_3f2a",
          "shop__new_20260131t100000z_3f2a_",
          "shop__prev_20260131t100000z_3f2a",
          "shop2__new_20260131t100000z_3f2a"}) {
        BOOST_TEST(!is_name_for(Stage::restoring, "shop", name), name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
