// SPDX-License-Identifier: Apache-2.0
#include "backup/retention.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(backup_retention)

using namespace slipway;

namespace {

constexpr time::Instant now{std::chrono::days{20'000}};

// A verified regular backup of staging's shop, so many days old.
backup::Manifest aged(std::string id, int days) {
    backup::Manifest out;
    out.id = std::move(id);
    out.environment = "staging";
    out.database = "shop";
    out.system_identifier = "1";
    out.created_at = now - std::chrono::days{days};
    out.level = backup::Level::listed;
    return out;
}

std::vector<backup::Manifest> seven() {
    std::vector<backup::Manifest> out;
    for (int days = 6; days >= 0; --days) {
        out.push_back(aged("day" + std::to_string(days), days));
    }
    return out;
}

std::string gone(std::vector<backup::Fate> const& fates) {
    std::string out;
    for (auto const& fate : fates) {
        out += fate.stays ? "" : (out.empty() ? "" : " ") + fate.id;
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_newest_stay) {
    BOOST_TEST(gone(backup::plan(seven(), {5, {}}, now)) == "day6 day5");
    BOOST_TEST(gone(backup::plan(seven(), {1, {}}, now)) == "day6 day5 day4 day3 day2 day1");
    BOOST_TEST(gone(backup::plan(seven(), {7, {}}, now)).empty());
    BOOST_TEST(gone(backup::plan({}, {5, {}}, now)).empty());
}

BOOST_AUTO_TEST_CASE(with_an_age_both_must_say_no) {
    BOOST_TEST(gone(backup::plan(seven(), {2, 4}, now)) == "day6 day5 day4");
    BOOST_TEST(gone(backup::plan(seven(), {5, 1}, now)) == "day6 day5");
    BOOST_TEST(gone(backup::plan(seven(), {1, 100}, now)).empty());
}

BOOST_AUTO_TEST_CASE(the_newest_verified_one_never_goes) {
    auto backups = seven();
    for (auto& manifest : backups) {
        manifest.level = backup::Level::stored;
    }
    backups.front().level = backup::Level::listed; // day6
    auto const fates = backup::plan(backups, {1, {}}, now);
    // Nothing verified is newer than any of the others, so none of them is beyond the rule.
    BOOST_TEST(gone(fates).empty());
    BOOST_TEST(fates.front().why == "the newest verified one");
}

BOOST_AUTO_TEST_CASE(an_unverified_one_does_not_take_a_place) {
    auto backups = seven();
    backups[6].level = backup::Level::stored; // day0
    BOOST_TEST(gone(backup::plan(backups, {2, {}}, now)) == "day6 day5 day4 day3");
    backups = seven();
    backups[0].level = backup::Level::stored; // day6, with six verified newer ones
    BOOST_TEST(gone(backup::plan(backups, {6, {}}, now)) == "day6");
}

BOOST_AUTO_TEST_CASE(what_is_pinned_or_needed_stays) {
    auto backups = seven();
    backups[0].pinned = true;
    BOOST_TEST(gone(backup::plan(backups, {5, {}}, now)) == "day5");
    BOOST_TEST(gone(backup::plan(backups, {5, {}}, now, {"day5"})).empty());
}

BOOST_AUTO_TEST_CASE(other_environments_databases_servers_kinds_and_tables_are_apart) {
    auto backups = seven();
    backups[0].environment = "production";
    backups[1].database = "billing";
    backups[2].system_identifier = "2";
    backups[3].kind = backup::Kind::safety;
    backups[4].only_tables = {"users"};
    BOOST_TEST(gone(backup::plan(backups, {1, {}}, now)) == "day1");
}

BOOST_AUTO_TEST_CASE(equal_times_are_ordered_by_the_id) {
    BOOST_TEST(gone(backup::plan({aged("b", 1), aged("a", 1)}, {1, {}}, now)) == "a");
}

BOOST_AUTO_TEST_SUITE_END()
