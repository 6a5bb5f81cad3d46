// SPDX-License-Identifier: Apache-2.0
// kill -9 of links-migrate at any instant: no link is lost or doubled, and the next run completes.
#include "support/kills.hpp"
#include "support/links_site.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(links_kill)

using namespace slipway;
using support::LinksSite;

namespace {

int kills() {
    return support::full_faults() ? 100 : 10;
}

// What is committed at this instant: the ledger's notes are the target's rows, one for one, and as
// many as the run's counts say.
void require_agreement(LinksSite const& site, std::string const& when) {
    if (site.ask("select to_regclass('slipway.links_row') is null") == "t") {
        BOOST_TEST(site.ask("select count(*) from profile_links") == "0", when);
        return;
    }
    // One statement, so that what the dead runner's server still commits does not come between.
    BOOST_TEST(
        site.ask(R"(select (select count(*) from profile_links) = n.notes and n.notes = n.inserted
            from (select (select count(*) from slipway.links_row r
                          join profile_links l on l.id = r.target_id::uuid) as notes,
                         (select coalesce(sum((counts->>'inserted')::bigint), 0)
                          from slipway.links_part) as inserted) n)") == "t",
        when);
}

struct Whole {
    std::string target;
    std::string inserted;
    std::chrono::milliseconds duration{0};
};

std::vector<std::string> const small_batches{"--batch", "150"};

Whole undisturbed() {
    LinksSite const site;
    auto const run = site.run(small_batches);
    BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
    return {site.target_digest(), run.at("/data/run/counts/inserted"), run.duration};
}

// The dead runner's server may hold the lock for a moment.
support::ToolRun go_on(LinksSite const& site, std::vector<std::string> args) {
    args.insert(args.end(), {"--lock-wait", "60s"});
    return site.run(args);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_run_loses_and_repeats_nothing_and_the_next_completes) {
    auto const whole = undisturbed();
    support::Instants instants{whole.duration, 20260202};
    int killed = 0;
    for (int each = 0; each < kills(); ++each) {
        LinksSite const site;
        auto const source = site.source_digest();
        std::string when;
        std::string const jobs = each % 2 == 0 ? "2" : "1";
        // Every third run is killed a second time, while it goes on.
        for (int again = 0; again < (each % 3 == 2 ? 2 : 1); ++again) {
            auto const after = instants.next();
            auto args = small_batches;
            args.insert(args.end(), {"--lock-wait", "60s", "--jobs", jobs});
            auto const run =
                support::start_and_kill("links-migrate", args, site.environment(), after, SIGKILL);
            killed += run.signal == SIGKILL ? 1 : 0;
            instants.saw(run);
            BOOST_TEST((run.signal == SIGKILL || run.code == 0), run.all());
            when = "killed after " + std::to_string(after.count()) + " us, jobs " + jobs;
            require_agreement(site, when);
        }
        // What was begun by two goes on with one, and the other way round.
        auto const rest = go_on(site, {"--jobs", each % 4 < 2 ? "1" : "2"});
        BOOST_TEST(rest.code == 0, when + ": " + rest.all());
        BOOST_TEST(site.target_digest() == whole.target, when);
        BOOST_TEST(site.source_digest() == source, when);
        BOOST_TEST(
            site.ask("select state from slipway.links_run order by id limit 1") == "finished");
        // A run that was killed while it was begun has taken its number along.
        auto const inserted =
            site.ask("select sum((counts->>'inserted')::int) from slipway.links_part"
                     " where run = (select min(id) from slipway.links_run)");
        BOOST_TEST(inserted == whole.inserted, when + ": " + inserted);
        auto const verified = site.run({"verify"});
        BOOST_TEST(verified.code == 0, when + ": " + verified.all());
    }
    BOOST_TEST(killed >= kills() / 2, "most runs ended before they were killed");
}

BOOST_AUTO_TEST_CASE(a_killed_rollback_is_gone_on_with_and_removes_the_rest) {
    std::chrono::milliseconds duration{0};
    {
        LinksSite const site;
        BOOST_REQUIRE(site.run().code == 0);
        auto const run = site.run({"rollback", "--yes", "--batch", "100"});
        BOOST_REQUIRE_MESSAGE(run.code == 0, run.all());
        duration = run.duration;
    }
    support::Instants instants{duration, 20260203};
    for (int each = 0; each < kills(); ++each) {
        LinksSite const site;
        site.db.run(
            R"(insert into profile_links ("userId", "profileId", label, url, type, position, "updatedAt")
            select "userId", id, 'Mine', 'https://mine.example', 'other', 0, now() from profiles)");
        auto const before = site.target_digest();
        BOOST_REQUIRE(site.run().code == 0);
        auto const after = instants.next();
        auto const run = support::start_and_kill(
            "links-migrate",
            {"rollback", "--yes", "--batch", "100"},
            site.environment(),
            after,
            SIGKILL);
        BOOST_TEST((run.signal == SIGKILL || run.code == 0), run.all());
        std::string const when = "killed after " + std::to_string(after.count()) + " us";
        auto const rest = go_on(site, {"rollback", "--yes"});
        BOOST_TEST(rest.code == 0, when + ": " + rest.all());
        BOOST_TEST(site.target_digest() == before, when);
        BOOST_TEST(site.ask("select count(*) from slipway.links_row") == "0", when);
    }
}

BOOST_AUTO_TEST_SUITE_END()
