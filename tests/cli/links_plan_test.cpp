// SPDX-License-Identifier: Apache-2.0
// links-migrate run --plan: what a dry-run has shown is what is run.
#include "fs/file.hpp"
#include "fs/temp_folder.hpp"
#include "support/links_site.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace links_plan {

using namespace slipway;
using support::count;
using support::LinksSite;
using support::ToolRun;

namespace {

struct Planned {
    LinksSite site;
    fs::TempFolder folder{"slipway-plan-"};
    std::string const plan = (folder.path() / "plan.json").string();

    // The dry-run's record becomes the plan.
    ToolRun look(std::vector<std::string> args = {}) const {
        args.insert(args.end(), {"--dry-run"});
        auto run = site.run(args);
        BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
        fs::write_atomic(plan, json::write(**run.record));
        return run;
    }

    ToolRun run(std::vector<std::string> args = {}) const {
        args.insert(args.end(), {"--plan", plan});
        return site.run(args);
    }

    void require_refused(std::string const& word) const {
        auto const refused = run();
        BOOST_TEST(refused.code == 4, refused.all());
        BOOST_TEST(refused.at("/error/message").find(word) != std::string::npos, refused.all());
        BOOST_TEST(site.ask("select to_regnamespace('slipway') is null") == "t");
        BOOST_TEST(site.ask("select count(*) from profile_links") == "0");
    }
};

constexpr char const* some =
    R"(update profiles set "socialLinks" = '["https://new.example", 42]' where id in
       (select id from profiles order by id limit 7))";

} // namespace

} // namespace links_plan

BOOST_FIXTURE_TEST_SUITE(links_plans, links_plan::Planned)

using namespace slipway;
using links_plan::some;
using support::count;

BOOST_AUTO_TEST_CASE(a_plan_that_holds_is_run_with_its_numbers) {
    auto const dry = look();
    auto const moved = run({"--jobs", "2", "--batch", "500"});
    BOOST_TEST(moved.code == 0, moved.all());
    BOOST_TEST(moved.at("/data/counts") == dry.at("/data/counts"));
    BOOST_TEST(moved.at("/data/since_plan/changed_or_removed") == "0");
    BOOST_TEST(moved.at("/data/since_plan/counts/rows") == "0");
    BOOST_TEST(moved.at("/inputs/0/tool") == "links-migrate");
    // It holds still: what is written by now counts as already present.
    auto const again = run();
    BOOST_TEST(again.code == 0, again.all());
    BOOST_TEST(count(again, "inserted") == 0);
}

BOOST_AUTO_TEST_CASE(rows_that_were_written_since_are_told_apart) {
    look();
    site.db.run(some);
    site.db.run("delete from users where id in (select id from users order by id limit 3)");
    site.add_profile(90'001, R"({"website": "https://w.example", "imdb": "javascript:x"})");
    // Not of the column: the row is written all the same.
    site.db.run(R"(update profiles set "displayName" = 'x' where id = md5('profile:9')::uuid)");
    auto const moved = run();
    BOOST_TEST(moved.code == 0, moved.all());
    BOOST_TEST(moved.at("/data/since_plan/counts/rows") == "9");
    auto const gone = std::stoi(moved.at("/data/since_plan/changed_or_removed"));
    BOOST_TEST((gone >= 8 && gone <= 11), gone);
    BOOST_TEST(
        moved.at("/data/since_plan/counts/reasons").find("\"url_scheme\":1") != std::string::npos);
    BOOST_TEST(moved.says("The plan has not shown these"), moved.all());
    BOOST_TEST(site.run({"verify"}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_row_that_was_being_written_during_the_dry_run_is_one_written_since) {
    auto writer = site.db.connect();
    writer.exec("begin");
    writer.exec(some);
    look();
    writer.exec("commit");
    auto const moved = run();
    BOOST_TEST(moved.code == 0, moved.all());
    BOOST_TEST(moved.at("/data/since_plan/counts/rows") == "7");
    BOOST_TEST(moved.at("/data/since_plan/changed_or_removed") == "7");
}

BOOST_AUTO_TEST_CASE(a_run_that_was_stopped_is_gone_on_with_by_the_same_plan) {
    look();
    BOOST_REQUIRE(site.run({"--limit", "1200"}).code == 0);
    auto const rest = run();
    BOOST_TEST(rest.code == 0, rest.all());
    BOOST_TEST(rest.at("/data/complete") == "true");
    // A plan of what was left then.
    BOOST_REQUIRE(site.run({"rollback", "--yes"}).code == 0);
    BOOST_REQUIRE(site.run({"--limit", "1200", "--batch", "600"}).code == 0);
    BOOST_TEST(count(look(), "rows") == 3800);
    BOOST_REQUIRE(site.run({"--limit", "1000", "--batch", "500"}).code == 0);
    auto const last = run();
    BOOST_TEST(last.code == 0, last.all());
    BOOST_TEST(count(last, "rows") == 2800);
}

BOOST_AUTO_TEST_CASE(other_counts_or_another_mapping_are_refused) {
    look();
    auto record = json::parse(fs::read_file(plan), "plan");
    auto const original = record;
    auto& counts = record["data"]["counts"];
    counts["reasons"]["url_scheme"] = counts["reasons"]["url_scheme"].get<int>() + 1;
    fs::write_atomic(plan, json::write(record));
    require_refused("rejected as url_scheme, planned");
    record = original;
    record["data"]["counts"]["items"] = 1;
    fs::write_atomic(plan, json::write(record));
    require_refused("items, planned 1");
    record = original;
    record["data"]["mapping"]["checksum"] = std::string(64, '0');
    fs::write_atomic(plan, json::write(record));
    require_refused("the mapping is another one");
    record = original;
    record["target"]["database"] = "elsewhere";
    fs::write_atomic(plan, json::write(record));
    require_refused("of the database elsewhere");
    look({"--limit", "100"});
    require_refused("looked at 100 rows alone");
    BOOST_TEST(run({"--dry-run"}).code == 2);
    BOOST_TEST(site.run({"--plan", "/nowhere/plan.json"}).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
