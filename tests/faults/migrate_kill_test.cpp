// SPDX-License-Identifier: Apache-2.0
// kill -9 of migrate-apply at any instant: history and schema agree, and the next run completes.
#include "agreement.hpp"
#include "migration/file.hpp"
#include "support/kills.hpp"

#include <csignal>
#include <future>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_kill)

using namespace slipway;
using faults::Migration;
using support::MigrationSite;

namespace {

std::vector<Migration> twelve_migrations() {
    std::vector<Migration> out;
    for (int n = 1; n <= 12; ++n) {
        std::string const t = "t" + std::to_string(n);
        Migration each{(n < 10 ? "0" : "") + std::to_string(n) + "_" + t, true, {}};
        if (n == 5 || n == 9) {
            each.transactional = false;
            each.parts = {
                {"create index concurrently c" + t + "_a on t1 (x)", "c" + t + "_a"},
                {"create table " + t + " (x int)", t},
                {"create unique index concurrently c" + t + "_b on t2 (x)", "c" + t + "_b"},
            };
        } else {
            each.parts = {
                {"create table " + t + " as select generate_series(1, 15000) x", t},
                {"create unique index " + t + "_x on " + t + " (x)", t + "_x"},
                {"create view v" + t + " as select max(x) from " + t, "v" + t},
            };
        }
        out.push_back(std::move(each));
    }
    return out;
}

int kills_of(int quick) {
    return support::full_faults() ? 50 : quick;
}

// Returns how many runs were killed before they had ended.
int kill_at_random_instants(std::string const& layout, unsigned seed, int quick) {
    faults::Series const series{twelve_migrations(), layout};
    auto const whole = faults::run_undisturbed(series);
    int const kills = kills_of(quick);
    support::Instants instants{whole.duration, seed};
    int killed = 0;
    for (int each = 0; each < kills; ++each) {
        MigrationSite site;
        series.write_to(site);
        std::string when;
        // Every third run is killed a second time, while it goes on.
        for (int again = 0; again < (each % 3 == 2 ? 2 : 1); ++again) {
            auto const after = instants.next();
            auto const run = support::start_and_kill(
                "migrate-apply",
                site.arguments(series.options()),
                site.environment(),
                after,
                SIGKILL);
            killed += run.signal == SIGKILL ? 1 : 0;
            instants.saw(run);
            BOOST_TEST((run.signal == SIGKILL || run.code == 0), run.all());
            // The server may still be at work for the dead runner; what it has committed agrees.
            when = "killed after " + std::to_string(after.count()) + " us";
            faults::require_agreement(site, series, when);
        }
        faults::require_completion(site, series, whole, when);
    }
    BOOST_TEST_MESSAGE(
        killed << " runs killed, undisturbed they take " << whole.duration.count() << " ms");
    return killed;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_run_of_prisma_files_leaves_agreement_and_the_next_completes) {
    BOOST_TEST(kill_at_random_instants("prisma", 20260131, 20) >= kills_of(20) / 2);
}

BOOST_AUTO_TEST_CASE(a_killed_run_of_plain_files_leaves_agreement_and_the_next_completes) {
    BOOST_TEST(kill_at_random_instants("plain", 20260201, 20) >= kills_of(20) / 2);
}

// Most of their tables have no room for what is half done.
BOOST_AUTO_TEST_CASE(a_killed_run_of_other_layouts_leaves_agreement_and_the_next_completes) {
    unsigned seed = 20260202;
    int killed = 0;
    int layouts = 0;
    for (auto const& layout : migration::layouts()) {
        if (layout != "prisma" && layout != "plain") {
            killed += kill_at_random_instants(layout, seed++, 2);
            ++layouts;
        }
    }
    BOOST_TEST(killed >= layouts * kills_of(2) / 2, "most runs ended before they were killed");
}

BOOST_AUTO_TEST_CASE(two_runners_at_once_on_an_empty_database_apply_each_file_once) {
    for (auto const& layout : migration::layouts()) {
        faults::Series series{twelve_migrations(), layout};
        series.migrations.resize(5);
        MigrationSite site;
        series.write_to(site);
        auto other = std::async(std::launch::async, [&] { return site.run(series.options()); });
        auto const one = site.run(series.options());
        auto const two = other.get();
        BOOST_TEST((one.code == 0 && two.code == 0), layout + ": " + one.all() + two.all());
        auto const summaries = one.at("/summary") + two.at("/summary");
        BOOST_TEST(summaries.find("5 migrations applied") != std::string::npos, summaries);
        BOOST_TEST(summaries.find("nothing is pending") != std::string::npos, summaries);
        faults::require_agreement(site, series, layout);
    }
}

BOOST_AUTO_TEST_SUITE_END()
