// SPDX-License-Identifier: Apache-2.0
// kill -9 of github-deployment at any instant: the run has one deployment at the end, no record
// tells of one that is not there, and the next run goes on with it.
#include "support/github_api.hpp"
#include "support/kills.hpp"
#include "support/run_tool.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(github_deployment_kill)

using namespace slipway;
using support::GithubApi;

namespace {

support::Environment environment(GithubApi const& github) {
    return {
        {"GITHUB_TOKEN", std::string{GithubApi::token}},
        {"GITHUB_API_URL", github.url()},
        {"GITHUB_REPOSITORY", std::string{GithubApi::repository}},
        {"SLIPWAY_RUN_ID", "run-7"}};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_run_leaves_one_deployment_which_the_next_goes_on_with) {
    std::vector<std::string> const args{"create", "--environment", "staging", "--ref", "c0ffee"};
    std::chrono::milliseconds length{0};
    {
        GithubApi github;
        github.slow(std::chrono::milliseconds{20});
        auto const whole = support::run_tool("github-deployment", args, environment(github));
        BOOST_TEST_REQUIRE(whole.code == 0, whole.all());
        length = whole.duration;
    }
    int const kills = support::full_faults() ? 50 : 10;
    support::Instants instants{length};
    int killed = 0;
    for (int each = 0; each < kills; ++each) {
        GithubApi github;
        github.slow(std::chrono::milliseconds{20});
        auto const run = support::start_and_kill(
            "github-deployment", args, environment(github), instants.next(), SIGKILL);
        killed += run.signal == SIGKILL ? 1 : 0;
        auto const made = github.deployments().size();
        BOOST_TEST(made <= 1U);
        BOOST_TEST((run.at("/data/deployment/id").empty() || made == 1U), run.all());
        auto const next = support::run_tool("github-deployment", args, environment(github));
        BOOST_TEST(next.code == 0, next.all());
        instants.saw(next);
        auto const kept = github.deployments();
        BOOST_REQUIRE(kept.size() == 1U);
        BOOST_TEST((*kept[0].statuses.at(0))["state"] == "in_progress");
    }
    BOOST_TEST(killed >= kills / 2, "most runs ended before they were killed");
}

BOOST_AUTO_TEST_SUITE_END()
