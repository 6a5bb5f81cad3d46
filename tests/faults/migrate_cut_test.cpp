// SPDX-License-Identifier: Apache-2.0
// The connection of migrate-apply cut at each of its messages to the server, one after the other:
// to the server that is a kill between any two statements, and inside of each.
#include "agreement.hpp"
#include "support/cutting_proxy.hpp"
#include "support/kills.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(migrate_cut)

using namespace slipway;
using support::Cut;
using support::MigrationSite;

namespace {

std::vector<faults::Migration> three_migrations() {
    return {
        {"01_a",
         true,
         {{"create table a (x int)", "a"}, {"create view va as select * from a", "va"}}},
        {"02_i",
         false,
         {{"create index concurrently i on a (x)", "i"},
          {"create table b (x int)", "b"},
          {"create unique index concurrently j on b (x)", "j"}}},
        {"03_c", true, {{"create table c (x int)", "c"}}},
    };
}

// More than are sent ahead at once, so that a cut meets some that are done, some that are under way
// and some that were never sent.
std::vector<faults::Migration> fifty_migrations() {
    std::vector<faults::Migration> out;
    for (int n = 10; n < 60; ++n) {
        std::string const t = "t" + std::to_string(n);
        faults::Migration each{std::to_string(n) + "_" + t, true, {}};
        each.parts = {
            {"create table " + t + " (x int)", t},
            {"create view v" + t + " as select x from " + t, "v" + t}};
        out.push_back(std::move(each));
    }
    return out;
}

// The short form cuts at every fifth message, each scenario at its own ones. Returns the number of
// messages of a whole run, or a few more.
int cut_at_each_message(faults::Series const& series, Cut cut, int first) {
    int const stride = support::full_faults() ? 1 : 5;
    auto const whole = faults::run_undisturbed(series);
    for (int message = stride == 1 ? 1 : first;; message += stride) {
        MigrationSite site;
        series.write_to(site);
        auto const target = site.db.conninfo();
        support::CuttingProxy const proxy{std::stoi(target.port()), message, cut};
        auto const run = support::run_tool(
            "migrate-apply",
            site.arguments(series.options()),
            {{"DATABASE_URL", target.with("port", std::to_string(proxy.port())).uri().reveal()}});
        std::string const when = "cut at message " + std::to_string(message);
        if (!proxy.has_cut()) {
            BOOST_TEST(run.code == 0, run.all());
            return message;
        }
        // The last words are the release of the locks: who loses them has nothing to fear.
        BOOST_TEST((run.code == 3 || run.code == 6 || run.code == 0), when + ": " + run.all());
        faults::require_agreement(site, series, when);
        faults::require_true_record(site, series, run, when);
        faults::require_completion(site, series, whole, when);
    }
}

int cut_at_each_message(std::string const& layout, Cut cut, int first) {
    return cut_at_each_message(faults::Series{three_migrations(), layout}, cut, first);
}

} // namespace

BOOST_AUTO_TEST_CASE(migrations_that_are_sent_ahead_may_be_cut_off_anywhere) {
    faults::Series const series{fifty_migrations(), "plain"};
    // Three cuts at least: how many messages there are depends on how many answers come together.
    BOOST_TEST(cut_at_each_message(series, Cut::before_the_server_sees_it, 3) > 15);
    BOOST_TEST(cut_at_each_message(series, Cut::after_the_server_answers, 5) > 15);
}

BOOST_AUTO_TEST_CASE(a_run_that_is_cut_before_any_statement_leaves_agreement_and_goes_on) {
    BOOST_TEST(cut_at_each_message("prisma", Cut::before_the_server_sees_it, 2) > 20);
    BOOST_TEST(cut_at_each_message("plain", Cut::before_the_server_sees_it, 3) > 20);
    BOOST_TEST(cut_at_each_message("dbmate", Cut::before_the_server_sees_it, 1) > 20);
    BOOST_TEST(cut_at_each_message("sqitch", Cut::before_the_server_sees_it, 6) > 20);
}

BOOST_AUTO_TEST_CASE(a_run_that_is_cut_after_any_statement_leaves_agreement_and_goes_on) {
    BOOST_TEST(cut_at_each_message("prisma", Cut::after_the_server_answers, 4) > 20);
    BOOST_TEST(cut_at_each_message("plain", Cut::after_the_server_answers, 5) > 20);
    BOOST_TEST(cut_at_each_message("flyway", Cut::after_the_server_answers, 1) > 20);
    BOOST_TEST(cut_at_each_message("drizzle", Cut::after_the_server_answers, 3) > 20);
    BOOST_TEST(cut_at_each_message("golang-migrate", Cut::after_the_server_answers, 7) > 20);
}

BOOST_AUTO_TEST_SUITE_END()
