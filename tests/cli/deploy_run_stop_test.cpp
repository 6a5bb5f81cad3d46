// SPDX-License-Identifier: Apache-2.0
#include "support/deploy_run_site.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(deploy_run_stop)

using namespace slipway;
using namespace std::chrono_literals;
using support::at;
using support::DeploySite;
using support::has;

BOOST_AUTO_TEST_CASE(a_signal_ends_the_step_and_is_told_within_five_seconds) {
    for (int const number : {SIGTERM, SIGINT}) {
        DeploySite const site;
        site.write("p.yaml", R"(steps:
  - id: one
    run: echo run >> one.count
  - id: slow
    run: sleep 60 & echo $! > pid; wait
  - id: report
    run: touch reported
    always: true
)");
        auto child = site.start_until("pid", {"p.yaml"});
        int const pid = std::stoi(site.read("pid"));
        child.kill(number);
        BOOST_TEST(support::ends_within(child, 5s));
        BOOST_TEST(child.exit_code() == 128 + number);
        BOOST_TEST(support::is_gone_within(pid, 1s));
        auto const record = site.record();
        BOOST_TEST(at(record, "/status") == "aborted");
        BOOST_TEST(has(at(record, "/summary"), "stopped in the step slow"));
        BOOST_TEST(site.steps() == "one=passed slow=aborted report=skipped");
        BOOST_TEST(at(site.record("deploy-run-run.d/2-slow.json"), "/status") == "aborted");
        BOOST_TEST(!std::filesystem::exists(site.path("reported")));
    }
}

BOOST_AUTO_TEST_CASE(a_step_that_ignores_the_signal_is_killed_in_time) {
    DeploySite const site;
    site.write("p.yaml", R"(steps:
  - id: stubborn
    run: trap '' TERM; echo $$ > pid; while true; do sleep 0.1; done
)");
    auto child = site.start_until("pid", {"p.yaml"});
    int const pid = std::stoi(site.read("pid"));
    child.kill(SIGTERM);
    BOOST_TEST(support::ends_within(child, 5s));
    BOOST_TEST(child.exit_code() == 143);
    BOOST_TEST(support::is_gone_within(pid, 1s));
    BOOST_TEST(site.steps() == "stubborn=aborted");
}

BOOST_AUTO_TEST_CASE(a_killed_run_is_gone_on_with) {
    DeploySite const site;
    site.write("p.yaml", R"(steps:
  - id: one
    run: echo run >> one.count
  - id: two
    run: echo run >> two.count; test -f ok || { echo $$ > pid; while true; do sleep 0.1; done; }
)");
    auto child = site.start_until("pid", {"p.yaml"});
    int const pid = std::stoi(site.read("pid"));
    child.kill(SIGKILL);
    BOOST_TEST(support::ends_within(child, 5s));
    BOOST_TEST(support::is_gone_within(pid, 2s)); // the step does not outlive its deployment
    BOOST_TEST(at(site.record(), "/status") == "running");
    BOOST_TEST(site.steps() == "one=passed two=running");
    BOOST_TEST(at(site.record("deploy-run-run.d/2-two.json"), "/status") == "running");
    site.write("ok", "");
    auto const ran = site.run({"p.yaml", "--resume"});
    BOOST_TEST(ran.exit_code == 0);
    BOOST_TEST(has(ran.error_tail, "two runs again: it was interrupted"));
    BOOST_TEST(site.read("one.count") == "run\n");
    BOOST_TEST(site.read("two.count") == "run\nrun\n");
}

BOOST_AUTO_TEST_CASE(a_tool_that_ignores_the_signal_leaves_its_step_in_doubt) {
    DeploySite const site;
    site.write_program("db-restore", R"(#!/bin/sh
test "$1" != --describe || exec cat description.json
trap '' TERM
echo $$ > pid
while true; do sleep 0.1; done
)");
    site.write(
        "description.json",
        R"({"schema": "slipway/describe/1", "tool": "db-restore", "verbs": [], "options": []})");
    site.write(
        "p.yaml", "steps:\n  - { id: one, run: 'true' }\n  - { id: two, uses: db-restore }\n");
    auto child = site.start_until("pid", {"p.yaml"}, {{"SLIPWAY_BIN", site.path("").string()}});
    int const pid = std::stoi(site.read("pid"));
    child.kill(SIGTERM);
    BOOST_TEST(support::ends_within(child, 5s));
    BOOST_TEST(child.exit_code() == 6);
    BOOST_TEST(support::is_gone_within(pid, 1s));
    BOOST_TEST(site.steps() == "one=passed two=in_doubt");
    BOOST_TEST(has(at(site.record(), "/summary"), "stopped in the step two"));
}

BOOST_AUTO_TEST_SUITE_END()
