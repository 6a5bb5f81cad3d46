// SPDX-License-Identifier: Apache-2.0
// migrate-apply apply --plan: what was reviewed is what is applied.
#include "support/migration_site.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_planned)

using namespace slipway;
using support::MigrationSite;

namespace {

struct Planned {
    Planned() {
        site.add("001_a.sql", "create table a (id int primary key, x int);");
        BOOST_TEST(site.run().code == 0);
        site.add("002_b.sql", "alter table a add y int;\n\\ir part.inc\n");
        site.add("003_c.sql", "create index a_x on a (x);");
        site.add("part.inc", "alter table a add z int;\n");
        site.db.connect().exec("create table other (x int)");
        auto const run = site.run({"plan", "--output", record()});
        BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
    }

    [[nodiscard]] std::string record() const { return (folder.path() / "plan.json").string(); }

    [[nodiscard]] support::ToolRun apply(std::vector<std::string> more = {}) const {
        std::vector<std::string> args{"--plan", record()};
        args.insert(args.end(), more.begin(), more.end());
        return site.run(args);
    }

    MigrationSite site;
    fs::TempFolder folder{"slipway-plan-"};
};

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_plan_that_holds_is_applied_and_pinned_as_an_input) {
    Planned const planned;
    // What the plan does not touch may change.
    planned.site.db.connect().exec("alter table other add y int; insert into a values (1, 2)");
    auto const run = planned.apply();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/inputs/0/tool") == "migrate-apply");
    BOOST_TEST(planned.site.ask("select count(*) from slipway.migrations") == "3");
    auto const again = planned.apply();
    BOOST_TEST(again.code == 4, again.all());
    BOOST_TEST(has(again.at("/error/message"), "002_b is not to be applied: it is applied"));
}

BOOST_AUTO_TEST_CASE(each_way_in_which_the_world_can_change_is_refused_by_its_name) {
    struct Case {
        std::string expected;
        std::function<void(MigrationSite&)> change;
    };
    auto const sql = [](char const* text) {
        return [text](MigrationSite& site) {
            site.db.connect().exec(text);
        };
    };
    auto const file = [](char const* name, char const* text) {
        return [name, text](MigrationSite& site) {
            site.add(name, text);
        };
    };
    std::vector<Case> const cases{
        {"004_d is new since the plan", file("004_d.sql", "create table d ();")},
        {"003_c was edited since the plan", file("003_c.sql", "create index a_x on a (id);")},
        {"002_b would run other statements: a file that it includes",
         file("part.inc", "alter table a drop x;\n")},
        {"003_c is not to be applied: its file is gone",
         [](MigrationSite& site) {
             site.remove("003_c.sql");
         }},
        {"002_b is not to be applied: it is applied",
         [](MigrationSite& site) {
             BOOST_TEST(site.run({"--to", "002"}).code == 0);
         }},
        {"rows of slipway.migrations have changed",
         sql("update slipway.migrations set log = 'touched' where id = '001_a'")},
        {"column public.a.x was altered", sql("alter table a alter x type bigint")},
        {"column public.a.extra was added", sql("alter table a add extra int")},
        {"column public.a.x was removed", sql("alter table a drop x")},
        {"was added", sql("create index by_hand on a (x)")},
        {"was added", sql("alter table a add constraint positive check (x > 0)")},
        {"was removed", sql("alter table a drop constraint a_pkey")},
        {"table public.a was removed", sql("drop table a")},
    };
    for (auto const& each : cases) {
        Planned planned;
        each.change(planned.site);
        auto const before = planned.site.dump();
        auto const run = planned.apply();
        BOOST_TEST(run.code == 4, each.expected + ": " + run.all());
        BOOST_TEST(has(run.at("/error/message"), each.expected), run.all());
        BOOST_TEST(planned.site.dump() == before, each.expected);
    }
}

BOOST_AUTO_TEST_CASE(a_record_that_is_no_plan_of_this_database_is_refused) {
    Planned const planned;
    MigrationSite other;
    other.add("001_a.sql", "create table a ();");
    auto const elsewhere = other.run({"--plan", planned.record()});
    BOOST_TEST(elsewhere.code == 4, elsewhere.all());
    auto const environment = planned.apply({"--environment", "staging"});
    BOOST_TEST(environment.code == 4, environment.all());
    auto const status = planned.site.run({"status", "--output", planned.record()});
    auto const no_plan = planned.apply();
    BOOST_TEST(no_plan.code == 2, no_plan.all());
    BOOST_TEST(has(no_plan.at("/error/message"), "holds no plan"), no_plan.all());
}

BOOST_AUTO_TEST_CASE(production_in_ci_wants_a_plan) {
    Planned const planned;
    std::vector<std::string> const in_production{
        "--environment", "production", "--allow-no-backup", "--yes"};
    support::Environment const ci{{"CI", "true"}, {"GITHUB_ACTIONS", "true"}};
    auto const refused = planned.site.run(in_production, ci);
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(has(refused.at("/error/message"), "wants a plan"), refused.all());
    auto const plan =
        planned.site.run({"plan", "--environment", "production", "--output", planned.record()}, ci);
    BOOST_TEST(plan.code == 0, plan.all());
    auto args = in_production;
    args.insert(args.end(), {"--plan", planned.record(), "--approved-by", "the lead"});
    auto const run = planned.site.run(args, ci);
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(
        planned.site.ask("select distinct approved_by from slipway.execution_log"
                         " where migration = '003_c'") == "the lead");
}

BOOST_AUTO_TEST_SUITE_END()
