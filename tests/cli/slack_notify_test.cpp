// SPDX-License-Identifier: Apache-2.0
// slack-notify against a server that does as Slack's webhooks do.
#include "support/deployment.hpp"
#include "support/run_tool.hpp"
#include "support/slack_webhook.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(slack_notify_cli)

using namespace slipway;
using support::Environment;
using support::SlackWebhook;
using support::ToolRun;

namespace {

struct Site : Deployment {
    SlackWebhook slack;

    Site() {
        write(passed("db-backup", 0), "db-backup.json");
        auto failed = passed("migrate-apply", 5);
        failed.status = record::Status::failed;
        failed.exit_code = 1;
        failed.error = Error{ErrorKind::failed, "a <statement> failed", "Mend it."};
        write(failed, "migrate-apply.json");
    }

    [[nodiscard]] ToolRun run(std::vector<std::string> args = {}, Environment env = {}) const {
        args.push_back(folder().string());
        env.emplace_back("SLACK_WEBHOOK_URL", slack.hook());
        auto const run = support::run_tool("slack-notify", args, env);
        BOOST_TEST(!run.says("s3cretpath"), run.all());
        BOOST_TEST(!run.says("T0S3CRET"), run.all());
        return run;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_message_arrives_with_what_failed_and_what_to_do) {
    Site const site;
    auto const run = site.run({"--mention", "here"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "passed");
    BOOST_TEST(run.at("/data/sent") == "true");
    BOOST_TEST(run.at("/data/event") == "failure");
    BOOST_TEST(run.says("told Slack: Failed: Deployment of shop to staging"));
    auto const messages = site.slack.messages();
    BOOST_REQUIRE(messages.size() == 1U);
    BOOST_TEST(
        json::text_at(messages[0], "text") ==
        "<!here> Failed: Deployment of shop to staging. migrate-apply failed: a &lt;statement&gt; "
        "failed. Mend it.");
    BOOST_TEST((**run.record)["inputs"].size() == 2U);
}

BOOST_AUTO_TEST_CASE(print_shows_the_message_and_sends_nothing) {
    Site const site;
    auto const run = site.run({"--print"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/sent") == "false");
    BOOST_TEST(run.at("/data/payload/blocks/0/type") == "header");
    BOOST_TEST(run.err.find("\"type\":\"header\"") != std::string::npos);
    BOOST_TEST(site.slack.requests().empty());
    auto const unset = support::run_tool("slack-notify", {"--print", "--on", "start"});
    BOOST_TEST(unset.code == 0, unset.all());
}

BOOST_AUTO_TEST_CASE(a_start_is_told_before_there_are_records) {
    Site const site;
    auto const run = support::run_tool(
        "slack-notify",
        {"--on", "start", "--environment", "production", "--name", "shop"},
        {{"SLACK_WEBHOOK_URL", site.slack.hook()}});
    BOOST_TEST(run.code == 0, run.all());
    auto const messages = site.slack.messages();
    BOOST_REQUIRE(messages.size() == 1U);
    BOOST_TEST(json::text_at(messages[0], "text") == "Started: Deployment of shop to production");
    auto const blind = support::run_tool("slack-notify", {});
    BOOST_TEST(blind.code == 2, blind.all());
}

BOOST_AUTO_TEST_CASE(records_of_other_runs_in_the_folder_are_not_told) {
    Site const site;
    auto old = Deployment::passed("smoke-http", 900);
    old.run.id = "old";
    site.write(old, "smoke-http.json");
    Environment const old_run{{"SLIPWAY_RUN_ID", "old"}};
    auto const good = site.run({}, old_run);
    BOOST_TEST(good.at("/data/event") == "success", good.all());
    auto const other = site.run({"--environment", "production"}, {{"SLIPWAY_RUN_ID", "run-1"}});
    BOOST_TEST(other.says("telling of another"), other.all());
}

BOOST_AUTO_TEST_CASE(a_busy_or_broken_slack_is_tried_again) {
    Site site;
    site.slack.disturb({429, "rate_limited", "Retry-After: 1\r\n"});
    site.slack.disturb({500, "oops", ""});
    site.slack.drop_next();
    auto const run = site.run();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/attempts") == "4");
    BOOST_TEST(run.says("Slack answered 429 with rate_limited; trying again in 1.0 s"), run.err);
    BOOST_TEST(site.slack.messages().size() == 4U);
}

BOOST_AUTO_TEST_CASE(a_message_that_cannot_be_sent_is_a_warning_or_with_strict_a_failure) {
    Site site;
    for (int i = 0; i < 40; ++i) {
        site.slack.disturb({404, "no_service", ""});
    }
    auto const lenient = site.run();
    BOOST_TEST(lenient.code == 0, lenient.all());
    BOOST_TEST(lenient.at("/status") == "warned");
    BOOST_TEST(lenient.at("/data/sent") == "false");
    BOOST_TEST(lenient.says("Slack was not told (Slack answered 404 with no_service)"));
    BOOST_TEST(lenient.at("/checks/0/status") == "warned");
    auto const github = site.run({"--log-format", "github"});
    BOOST_TEST(github.err.find("::warning title=Slack was not told::") != std::string::npos);
    auto const strict = site.run({"--strict"});
    BOOST_TEST(strict.code == 1, strict.all());
    BOOST_TEST(strict.says("make a new one"));
}

BOOST_AUTO_TEST_CASE(a_slack_that_stays_away_is_given_up_within_the_patience) {
    Site site;
    site.slack.disturb({429, "rate_limited", "Retry-After: 600\r\n"});
    auto const asked = site.run({"--strict", "--retry-for", "2s"});
    BOOST_TEST(asked.code == 3, asked.all());
    BOOST_TEST(asked.duration.count() < 5000);
    auto const away = support::run_tool(
        "slack-notify",
        {"--strict", "--retry-for", "1s", site.folder().string()},
        {{"SLACK_WEBHOOK_URL", "http://127.0.0.1:1/services/s3cretpath"}});
    BOOST_TEST(away.code == 3, away.all());
    BOOST_TEST(!away.says("s3cretpath"), away.all());
}

BOOST_AUTO_TEST_CASE(without_a_webhook_a_deployment_goes_on_with_a_warning) {
    Site const site;
    auto const fork = support::run_tool("slack-notify", {site.folder().string()});
    BOOST_TEST(fork.code == 0, fork.all());
    BOOST_TEST(fork.at("/status") == "warned");
    BOOST_TEST(fork.says("SLACK_WEBHOOK_URL"));
    auto const strict = support::run_tool("slack-notify", {"--strict", site.folder().string()});
    BOOST_TEST(strict.code == 2, strict.all());
    auto const nobody = site.run({"--mention", "joe"});
    BOOST_TEST(nobody.code == 2, nobody.all());
}

BOOST_AUTO_TEST_CASE(secrets_of_the_environment_do_not_reach_slack) {
    Site site;
    auto const run =
        site.run({"--title", "shop with tok3n\"value&x"}, {{"API_TOKEN", "tok3n\"value&x"}});
    BOOST_TEST(run.code == 0, run.all());
    auto const requests = site.slack.requests();
    BOOST_REQUIRE(requests.size() == 1U);
    BOOST_TEST(requests[0].body.find("tok3n") == std::string::npos, requests[0].body);
}

BOOST_AUTO_TEST_CASE(sigterm_ends_a_wait_for_slack_at_once) {
    Site site;
    for (int i = 0; i < 20; ++i) {
        site.slack.disturb({429, "rate_limited", "Retry-After: 20\r\n"});
    }
    auto const run = support::start_and_kill(
        "slack-notify",
        {site.folder().string()},
        {{"SLACK_WEBHOOK_URL", site.slack.hook()}},
        std::chrono::milliseconds{700},
        SIGTERM);
    BOOST_TEST(run.code == 143, run.all());
    BOOST_TEST(run.at("/status") == "aborted");
    BOOST_TEST(run.duration.count() < 3000);
}

BOOST_AUTO_TEST_SUITE_END()
