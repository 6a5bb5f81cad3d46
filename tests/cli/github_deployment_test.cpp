// SPDX-License-Identifier: Apache-2.0
// github-deployment against a server that keeps deployments by GitHub's reference.
#include "support/deployment.hpp"
#include "support/github_api.hpp"
#include "support/run_tool.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(github_deployment_cli)

using namespace slipway;
using support::Environment;
using support::GithubApi;
using support::ToolRun;

namespace {

struct Site : Deployment {
    GithubApi github;

    [[nodiscard]] Environment environment() const {
        return {
            {"GITHUB_TOKEN", std::string{GithubApi::token}},
            {"GITHUB_API_URL", github.url()},
            {"GITHUB_REPOSITORY", std::string{GithubApi::repository}},
            {"GITHUB_ACTIONS", "true"},
            {"GITHUB_RUN_ID", "42"},
            {"SLIPWAY_RUN_ID", "run-1"},
            {"GITHUB_SHA", "c0ffee"},
            {"GITHUB_OUTPUT", (folder() / "outputs").string()},
            {"SLIPWAY_LOG_FORMAT", "human"}};
    }

    [[nodiscard]] ToolRun run(std::vector<std::string> args, Environment const& more = {}) const {
        auto env = environment();
        env.insert(env.end(), more.begin(), more.end());
        auto run = support::run_tool("github-deployment", std::move(args), env);
        // The one place where it has to stand is GitHub's command that hides it.
        std::string const mask = "::add-mask::" + std::string{GithubApi::token} + "\n";
        if (auto const at = run.err.find(mask); at != std::string::npos) {
            run.err.erase(at, mask.size());
        }
        BOOST_TEST(!run.says(GithubApi::token), run.all());
        return run;
    }

    [[nodiscard]] ToolRun create(std::vector<std::string> more = {}) const {
        std::vector<std::string> args{"create", "--environment", "staging"};
        args.insert(args.end(), more.begin(), more.end());
        return run(args);
    }

    [[nodiscard]] std::string outputs() const { return fs::read_file(folder() / "outputs"); }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_deployment_is_made_of_the_very_commit_and_begins) {
    Site const site;
    auto const run = site.create({"--environment-url", "https://shop.example.com"});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/deployment/id") == "1");
    BOOST_TEST(run.at("/data/state") == "in_progress");
    auto const kept = site.github.deployments();
    BOOST_REQUIRE(kept.size() == 1U);
    auto const& made = *kept[0].deployment;
    BOOST_TEST(made["ref"] == "c0ffee");
    BOOST_TEST(made["environment"] == "staging");
    BOOST_TEST(made["auto_merge"] == false);
    BOOST_TEST(made["required_contexts"].empty());
    BOOST_REQUIRE(kept[0].statuses.size() == 1U);
    auto const& status = *kept[0].statuses[0];
    BOOST_TEST(status["state"] == "in_progress");
    BOOST_TEST(status["log_url"] == "https://github.com/octo-org/shop/actions/runs/42");
    BOOST_TEST(status["environment_url"] == "https://shop.example.com");
    BOOST_TEST(site.outputs().find("deployment-id<<") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_later_job_goes_on_by_record_id_or_run) {
    Site const site;
    fs::Path const record = site.folder() / "create.json";
    BOOST_TEST(site.create({"--output", record.string()}).code == 0);
    auto const by_record = site.run({"status", "--state", "success", "--input", record.string()});
    BOOST_TEST(by_record.code == 0, by_record.all());
    BOOST_TEST(by_record.at("/inputs/0/tool") == "github-deployment");
    auto const by_id = site.run({"status", "--state", "failure", "--deployment-id", "1"});
    BOOST_TEST(by_id.code == 0, by_id.all());
    auto const by_run = site.run({"status", "--state", "inactive", "--environment", "staging"});
    BOOST_TEST(by_run.code == 0, by_run.all());
    auto const kept = site.github.deployments();
    BOOST_REQUIRE(kept.size() == 1U);
    BOOST_REQUIRE(kept[0].statuses.size() == 4U);
    BOOST_TEST((*kept[0].statuses[0])["state"] == "inactive");
    BOOST_TEST((*kept[0].statuses[1])["state"] == "failure");
    BOOST_TEST((*kept[0].statuses[2])["state"] == "success");
    auto const unfinished = site.run({"finish", "--state", "queued", "--deployment-id", "1"});
    BOOST_TEST(unfinished.code == 2, unfinished.all());
    auto const finished = site.run({"finish", "--state", "success", "--deployment-id", "1"});
    BOOST_TEST(finished.code == 0, finished.all());
    BOOST_TEST((*site.github.deployments()[0].statuses[0])["state"] == "success");
    auto const none = site.run({"status", "--state", "success", "--environment", "other"});
    BOOST_TEST(none.code == 2, none.all());
}

BOOST_AUTO_TEST_CASE(records_of_another_run_are_no_evidence) {
    Site const site;
    site.write(Site::passed("db-backup", 0), "db-backup.json");
    auto const run = site.run(
        {"status", "--deployment-id", "1", "--input", site.folder().string()},
        {{"SLIPWAY_RUN_ID", "another"}});
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.says("none of the 1 record is of the run another"), run.all());
    BOOST_TEST(site.github.requests().empty());
}

BOOST_AUTO_TEST_CASE(the_records_tell_the_state) {
    Site const site;
    BOOST_TEST(site.create({"--output", (site.folder() / "create.json").string()}).code == 0);
    std::vector<std::string> const args{"status", "--input", site.folder().string()};
    auto const nothing = site.run(args);
    BOOST_TEST(nothing.code == 2, nothing.all()); // no record of a step
    site.write(Site::passed("db-backup", 0), "db-backup.json");
    auto const good = site.run(args);
    BOOST_TEST(good.code == 0, good.all());
    BOOST_TEST(good.at("/data/state") == "success");
    auto failed = Site::passed("migrate-apply", 5);
    failed.status = record::Status::failed;
    failed.exit_code = 1;
    failed.error = Error{ErrorKind::failed, std::string(300, 'x') + " ä🚢", "Mend it."};
    site.write(failed, "migrate-apply.json");
    auto const bad = site.run(args);
    BOOST_TEST(bad.code == 0, bad.all());
    auto const kept = site.github.deployments();
    auto const& status = *kept[0].statuses[0];
    BOOST_TEST(status["state"] == "failure");
    BOOST_TEST(
        json::text_at(status, "description").starts_with("Failed: migrate-apply failed: xxx"));
    failed.status = record::Status::error;
    failed.exit_code = 3;
    failed.error = Error{ErrorKind::unavailable, "no server"};
    site.write(failed, "migrate-apply.json");
    BOOST_TEST(site.run(args).at("/data/state") == "error");
}

BOOST_AUTO_TEST_CASE(a_run_makes_one_deployment_however_often_it_asks) {
    Site site;
    for (bool const as_text : {false, true}) {
        site.github.payload_as_text = as_text;
        auto const run = site.create();
        BOOST_TEST(run.code == 0, run.all());
        BOOST_TEST(run.at("/data/deployment/found") == (as_text ? "true" : "false"));
    }
    BOOST_TEST(site.github.deployments().size() == 1U);
    // Another attempt of the run deploys anew.
    auto const again =
        site.run({"create", "--environment", "staging"}, {{"GITHUB_RUN_ATTEMPT", "2"}});
    BOOST_TEST(again.at("/data/deployment/id") == "2", again.all());
}

BOOST_AUTO_TEST_CASE(a_lost_answer_makes_no_second_deployment) {
    Site site;
    site.github.disturb({500, "oops", ""});
    site.github.drop_next();
    auto const first = site.create(); // both before the list
    BOOST_TEST(first.code == 0, first.all());
    Site lossy;
    lossy.github.disturb({200, "[]", ""}); // the list
    lossy.github.lose_next_answer();       // the deployment is made, and nobody hears of it
    auto const run = lossy.create();
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(lossy.github.deployments().size() == 1U);
    BOOST_TEST(run.at("/data/deployment/found") == "true");
}

BOOST_AUTO_TEST_CASE(where_it_stays_unknown_whether_it_was_made_the_outcome_is_in_doubt) {
    Site site;
    site.github.disturb({200, "[]", ""});
    site.github.lose_next_answer();
    for (int i = 0; i < 30; ++i) {
        site.github.disturb({503, "", ""});
    }
    auto const run = site.create({"--retry-for", "2s"});
    BOOST_TEST(run.code == 6, run.all());
    BOOST_TEST(run.says("Run the same command again"), run.all());
    Site const calm;
    BOOST_TEST(calm.create().code == 0);
}

BOOST_AUTO_TEST_CASE(a_second_deployment_beside_that_of_the_jobs_environment_is_refused) {
    Site site;
    site.github.add_foreign("staging", "https://github.com/octo-org/shop/actions/runs/421/job/7");
    BOOST_TEST(site.create().code == 0); // of another run
    Site other;
    other.github.add_foreign("staging", "https://github.com/octo-org/shop/actions/runs/42/job/7");
    auto const run = other.create();
    BOOST_TEST(run.code == 4, run.all());
    BOOST_TEST(run.says("GitHub made deployment 1000 to staging for this run already"));
    BOOST_TEST(other.github.deployments().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_github_refuses_is_explained) {
    Site site;
    auto const token =
        site.run({"create", "--environment", "staging"}, {{"GITHUB_TOKEN", "wr0ng"}});
    BOOST_TEST(token.code == 2, token.all());
    BOOST_TEST(token.says("Bad credentials"));
    auto const ref = site.create({"--ref", "no-such-branch"});
    BOOST_TEST(ref.code == 2, ref.all());
    BOOST_TEST(ref.says("Push the branch, tag or commit first"));
    site.github.disturb({403, R"({"message": "Resource not accessible by integration"})", ""});
    auto const rights = site.create();
    BOOST_TEST(rights.code == 2, rights.all());
    BOOST_TEST(rights.says("permissions: deployments: write"));
    BOOST_TEST(site.github.deployments().empty());
    auto const unset = support::run_tool(
        "github-deployment", {"create", "--repository", "a/b", "--environment", "x"});
    BOOST_TEST(unset.code == 2, unset.all());
    auto const nowhere = site.run({"create"});
    BOOST_TEST(nowhere.code == 2, nowhere.all());
    BOOST_TEST(nowhere.says("--environment"));
    auto const link = site.create({"--environment-url", "https://me:pw@shop.example.com"});
    BOOST_TEST(link.code == 2, link.all());
}

BOOST_AUTO_TEST_CASE(rate_limits_are_waited_for_or_told) {
    Site site;
    site.github.disturb({429, R"({"message": "slow down"})", "Retry-After: 1\r\n"});
    auto const waited = site.create();
    BOOST_TEST(waited.code == 0, waited.all());
    site.github.disturb(
        {403, R"({"message": "API rate limit exceeded"})", "Retry-After: 3000\r\n"});
    auto const told = site.create({"--retry-for", "2s"});
    BOOST_TEST(told.code == 3, told.all());
    BOOST_TEST(told.says("it asks to wait 50 min"), told.all());
}

BOOST_AUTO_TEST_CASE(sigterm_ends_a_wait_for_github_at_once) {
    Site site;
    for (int i = 0; i < 20; ++i) {
        site.github.disturb({429, "{}", "Retry-After: 20\r\n"});
    }
    auto const run = support::start_and_kill(
        "github-deployment",
        {"create", "--environment", "staging"},
        site.environment(),
        std::chrono::milliseconds{700},
        SIGTERM);
    BOOST_TEST(run.code == 143, run.all());
    BOOST_TEST(run.at("/status") == "aborted");
    BOOST_TEST(run.duration.count() < 3000);
}

BOOST_AUTO_TEST_SUITE_END()
