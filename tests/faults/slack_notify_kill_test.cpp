// SPDX-License-Identifier: Apache-2.0
// kill -9 of slack-notify at any instant: no record says that a message was sent which was not,
// and the next run sends it.
#include "support/deployment.hpp"
#include "support/kills.hpp"
#include "support/run_tool.hpp"
#include "support/slack_webhook.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(slack_notify_kill)

using namespace slipway;

BOOST_AUTO_TEST_CASE(a_killed_run_claims_nothing_and_the_next_one_tells) {
    Deployment deployment;
    deployment.write(Deployment::passed("db-backup", 0), "db-backup.json");
    support::SlackWebhook slack;
    slack.slow(std::chrono::milliseconds{20});
    support::Environment const env{{"SLACK_WEBHOOK_URL", slack.hook()}};
    std::vector<std::string> const args{deployment.folder().string()};
    auto const whole = support::run_tool("slack-notify", args, env);
    BOOST_TEST_REQUIRE(whole.code == 0, whole.all());
    int const kills = support::full_faults() ? 50 : 10;
    support::Instants instants{whole.duration};
    int killed = 0;
    for (int each = 0; each < kills; ++each) {
        auto const before = slack.messages().size();
        auto const run =
            support::start_and_kill("slack-notify", args, env, instants.next(), SIGKILL);
        killed += run.signal == SIGKILL ? 1 : 0;
        bool const claims = run.at("/data/sent") == "true";
        BOOST_TEST((!claims || slack.messages().size() > before), run.all());
        BOOST_TEST(
            (!run.record || claims || run.at("/status") == "running" || run.signal == 0),
            run.all());
        auto const next = support::run_tool("slack-notify", args, env);
        BOOST_TEST(next.code == 0, next.all());
        instants.saw(next);
        BOOST_TEST(next.at("/data/sent") == "true");
    }
    BOOST_TEST(killed >= kills / 2, "most runs ended before they were killed");
}

BOOST_AUTO_TEST_SUITE_END()
