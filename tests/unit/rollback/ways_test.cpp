// SPDX-License-Identifier: Apache-2.0
#include "ways.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback_ways)

using namespace slipway;
using rollback::gentle_way;

namespace {

record::Found applied(json::Value migrations, int minute = 0) {
    record::Found out;
    out.record.tool = "migrate-apply";
    out.record.command = "apply";
    out.record.run.id = "1";
    out.record.run.environment = "staging";
    out.record.status = record::Status::passed;
    out.record.started_at = time::Instant{} + std::chrono::minutes{minute};
    *out.record.data = {
        {"directory", "migrations"}, {"layout", "plain"}, {"migrations", std::move(migrations)}};
    out.path = "out/migrate-apply.json";
    return out;
}

json::Value
migration(std::string const& id, std::string const& status, bool down, bool now = true) {
    return {{"id", id}, {"status", status}, {"has_down", down}, {"this_run", now}};
}

record::Found wrong_data(std::string const& tool) {
    record::Found out;
    out.record.tool = tool;
    out.record.command = "verify";
    out.record.run.id = "1";
    out.record.status = record::Status::failed;
    record::Check check;
    check.id = tool == "migrate-apply" ? "assert.1" : "verify.missing";
    check.status = record::CheckStatus::failed;
    out.record.checks.push_back(check);
    *out.record.data = {
        {"probes", {{{"kind", "sql"}, {"state", "wrong"}}}},
        {"migrations", json::Value::array()},
        {"verify", json::Value::object()}};
    out.path = "out/" + tool + "-verify.json";
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_migrations_of_the_run_go_the_last_first_and_no_others) {
    auto const way = gentle_way(
        {applied(
            {migration("1", "applied", true, false),
             migration("2", "applied", true),
             migration("3", "applied", true),
             migration("4", "pending", true, false)})},
        "staging");
    BOOST_TEST(way.why_not == "");
    BOOST_TEST_REQUIRE(way.undos.size() == 2U);
    BOOST_TEST(way.undos[0].words == "3 by its down script");
    BOOST_TEST(way.undos[1].words == "2 by its down script");
}

BOOST_AUTO_TEST_CASE(where_a_part_cannot_be_undone_nothing_is) {
    auto const why = [](json::Value migrations, std::vector<record::Found> records = {}) {
        records.push_back(applied(std::move(migrations)));
        auto const way = gentle_way(records, "");
        BOOST_TEST(way.undos.empty());
        return way.why_not;
    };
    BOOST_TEST(
        why({migration("1", "applied", false), migration("2", "applied", true)}) ==
        "1 has no down script");
    BOOST_TEST(why({migration("1", "failed", true)}) == "1 failed half way");
    BOOST_TEST(
        why({migration("1", "rolled_back", true)}) ==
        "the deployment left nothing in the database");
    BOOST_TEST(
        why({migration("1", "applied", true)}, {wrong_data("health-check")})
            .find("data are wrong") == 0U);
    BOOST_TEST(gentle_way({}, "").why_not.find("no record") == 0U);
    auto killed = applied({migration("1", "applied", true)});
    killed.record.status = record::Status::running;
    BOOST_TEST(gentle_way({killed}, "").why_not.find("was killed") != std::string::npos);
    BOOST_TEST(gentle_way({killed}, "live").why_not.find("no record") == 0U);
}

BOOST_AUTO_TEST_CASE(what_a_migration_asserts_of_its_own_work_is_undone_with_it_and_damage_is_not) {
    auto const after = [](record::Found const& found) {
        return gentle_way({applied({migration("1", "applied", true)}), found}, "").why_not;
    };
    BOOST_TEST(after(wrong_data("migrate-apply")) == "");
    BOOST_TEST(after(wrong_data("links-migrate")) == "");
    auto damaged = wrong_data("migrate-apply");
    damaged.record.error = Error{ErrorKind::failed, "invalid page"}.with_sqlstate("XX001");
    BOOST_TEST(after(damaged).find("data are wrong") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
