// SPDX-License-Identifier: Apache-2.0
// kill -9 of a shadow run at any instant: the target has no mark of it, and the next run removes
// what was left on its server.
#include "support/kills.hpp"
#include "support/migration_site.hpp"

#include <csignal>
#include <thread>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_shadow_kill)

using namespace slipway;
using namespace std::chrono_literals;
using support::MigrationSite;

namespace {

std::string count_of_shadows(MigrationSite const& site) {
    return site.ask("select count(*) from pg_database where datname like 'slipway\\_shadow\\_' || "
                    "current_database() || '%'");
}

// The server goes on for a dead client until it looks for it again: a database may still appear.
void wait_for_the_dead(MigrationSite const& site) {
    auto const patience = time::Deadline::after(time::Milliseconds{20'000});
    while (site.ask("select count(*) from pg_stat_activity where application_name = "
                    "'slipway/migrate-apply/' || current_database()") != "0") {
        BOOST_REQUIRE(!patience.expired());
        std::this_thread::sleep_for(10ms);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_shadow_leaves_no_mark_on_the_target_and_the_next_cleans_up) {
    MigrationSite site;
    site.db.run("create table public.t (id int primary key, x text);"
                "create view public.v as select x from public.t");
    site.add("001_a.sql", "alter table public.t add y int; select pg_sleep(0.05);");
    site.add("002_b.sql", "create index concurrently i on public.t (y); select pg_sleep(0.05);");
    auto const env = site.environment({{"SLIPWAY_RUN_ID", site.db.name()}});
    auto const args = site.arguments({"--dry-run"});
    auto const before = site.dump();
    auto const whole = support::run_tool("migrate-apply", args, env);
    BOOST_REQUIRE_MESSAGE(whole.code == 0, whole.all());
    support::Instants instants{whole.duration};
    int const kills = support::full_faults() ? 60 : 6;
    int killed = 0;
    int left = 0;
    for (int each = 0; each < kills; ++each) {
        auto const run =
            support::start_and_kill("migrate-apply", args, env, instants.next(), SIGKILL);
        killed += run.signal == SIGKILL ? 1 : 0;
        instants.saw(run);
        BOOST_TEST((run.signal == SIGKILL || run.code == 0), run.all());
        wait_for_the_dead(site);
        BOOST_TEST(site.dump() == before);
        int const there = std::stoi(count_of_shadows(site));
        BOOST_TEST(there <= 1, "an earlier leftover was not removed");
        left += there;
        // Each third is followed by an undisturbed run; between the others one is swept by the next.
        if (each % 3 == 2) {
            auto const next = support::run_tool("migrate-apply", args, env);
            BOOST_TEST(next.code == 0, next.all());
            BOOST_TEST(count_of_shadows(site) == "0");
        }
    }
    BOOST_TEST(killed >= kills / 2, "most runs ended before they were killed");
    BOOST_TEST(left > 0, "no kill met a scratch database");
    auto const last = support::run_tool("migrate-apply", args, env);
    BOOST_TEST(last.code == 0, last.all());
    BOOST_TEST(count_of_shadows(site) == "0");
    BOOST_TEST(site.dump() == before);
}

// While one is at work another of the same database does not take its scratch for a leftover.
BOOST_AUTO_TEST_CASE(the_shadow_of_a_living_run_is_left_alone) {
    MigrationSite site;
    site.add("001_a.sql", "select pg_sleep(4);");
    auto const env = site.environment({{"SLIPWAY_RUN_ID", site.db.name()}});
    auto const args = site.arguments({"--dry-run"});
    support::ToolRun first;
    std::thread worker{[&] {
        first = support::run_tool("migrate-apply", args, env);
    }};
    auto const patience = time::Deadline::after(time::Milliseconds{20'000});
    while (count_of_shadows(site) == "0" && !patience.expired()) {
        std::this_thread::sleep_for(10ms);
    }
    auto const second = support::run_tool(
        "migrate-apply", site.arguments({"--dry-run", "--statement-timeout", "1ms"}), env);
    worker.join();
    BOOST_TEST(first.code == 0, first.all());
    BOOST_TEST(second.code == 5, second.all());
    BOOST_TEST(count_of_shadows(site) == "0");
}

BOOST_AUTO_TEST_SUITE_END()
