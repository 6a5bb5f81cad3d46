// SPDX-License-Identifier: Apache-2.0
// What is sent, judged by the limits that Slack publishes (tests/support/slack_webhook.cpp).
#include "payload.hpp"

#include "support/deployment.hpp"
#include "support/slack_webhook.hpp"

#include <ostream>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace slipway::slack_notify {
std::ostream& operator<<(std::ostream& out, Event event) {
    return out << name(event);
}
} // namespace slipway::slack_notify

BOOST_AUTO_TEST_SUITE(slack_payload)

using namespace slipway;
using namespace slipway::slack_notify;
using record::CheckStatus;
using record::Status;

namespace {

std::string const hostile = "<!channel> <@U0123456> *b* _i_ `c` & \"q\" \\ ]]> \x1b[31m \u202e 🚢 "
                            "<https://evil.example|click> @here #general ${{ secrets.X }}";

struct Told {
    Story story;
    std::string body;
    std::size_t omitted = 0;

    [[nodiscard]] bool says(std::string_view word) const {
        return body.find(word) != std::string::npos;
    }
};

Told tell(
    Deployment const& deployment,
    Wish const& wish = {},
    std::vector<std::string> const& mentions = {}) {
    deployment::Report report;
    deployment.build(report);
    Told out;
    out.story = story_of(report, wish);
    auto const payload = payload_of(out.story, mentions);
    out.body = json::write(*payload.body);
    out.omitted = payload.omitted;
    BOOST_TEST(support::slack_objection(out.body) == "", out.body);
    BOOST_TEST(out.body.size() <= most_bytes);
    return out;
}

record::Record failed_migration() {
    auto record = Deployment::passed("migrate-apply", 10, 3);
    record.command = "apply";
    record.status = Status::failed;
    record.exit_code = 1;
    record.run.url = "https://github.com/octo-org/shop/actions/runs/42";
    record.run.actor = "octocat";
    record.error =
        Error{
            ErrorKind::failed,
            "002_orders.sql:7: column \"total\" does not exist",
            "Mend the statement, and run it again."}
            .with_where({"002_orders.sql", 7, 0});
    return record;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_failure_names_environment_service_step_and_what_to_do_in_the_first_line) {
    Deployment deployment;
    deployment.write(Deployment::passed("db-backup", 0), "db-backup.json");
    deployment.write(failed_migration(), "migrate-apply.json");
    auto const told = tell(deployment, {{}, {}, "https://reports.example/7"}, {"<!here>"});
    BOOST_TEST(told.story.event == Event::failure);
    auto const message = json::parse(told.body, "m");
    std::string const text = json::text_at(message, "text");
    BOOST_TEST(
        text == "<!here> Failed: Deployment of shop to staging. migrate-apply apply failed: "
                "002_orders.sql:7: column \"total\" does not exist. Mend the statement, and run it "
                "again.");
    BOOST_TEST(message["blocks"][0]["text"]["text"] == ":x: Failed: Deployment of shop to staging");
    BOOST_TEST(told.says("\"Run\"},\"url\":\"https://github.com/octo-org/shop/actions/runs/42\""));
    BOOST_TEST(told.says("\"Report\"},\"url\":\"https://reports.example/7\""));
    BOOST_TEST(told.says("\"url\":\"https://github.com/octo-org/shop/commit/3f2a9c1d5e7b\""));
    BOOST_TEST(told.says("octocat"));
}

BOOST_AUTO_TEST_CASE(a_success_calls_nobody) {
    Deployment deployment;
    deployment.write(Deployment::passed("db-backup", 0), "db-backup.json");
    auto const told = tell(deployment, {}, {"<!here>"});
    BOOST_TEST(told.story.event == Event::success);
    BOOST_TEST(!told.says("<!here>"));
    BOOST_TEST(told.says(":white_check_mark: Passed: Deployment of shop to staging"));
}

BOOST_AUTO_TEST_CASE(the_records_tell_the_event_and_the_caller_may_say_another) {
    Deployment deployment;
    auto warned = Deployment::passed("smoke-http", 0);
    warned.status = Status::warned;
    deployment.write(warned, "smoke-http.json");
    BOOST_TEST(tell(deployment).story.event == Event::warning);
    auto const forced = tell(deployment, {Event::failure, "Shop", ""});
    BOOST_TEST(forced.story.word == "Failed");
    BOOST_TEST(forced.says("A step that left no record failed."));
    deployment.write(failed_migration(), "migrate-apply.json");
    auto back = Deployment::passed("rollback", 20);
    back.command = "run";
    deployment.write(back, "rollback.json");
    auto const told = tell(deployment);
    BOOST_TEST(told.story.event == Event::rollback);
    BOOST_TEST(told.story.word == "Failed, rolled back");
    BOOST_TEST(tell(deployment, {Event::progress, "", ""}).story.word == "In progress");
}

BOOST_AUTO_TEST_CASE(the_steps_of_a_pipeline_stand_for_it) {
    Deployment deployment;
    deployment.write(Deployment::passed("deploy-run", 0, 60), "deploy-run-run.json");
    deployment.write(Deployment::passed("db-backup", 1), "deploy-run-run.d/1-backup.json");
    deployment.write(Deployment::passed("rollback", 10), "deploy-run-run.d/2-rollback.json");
    deployment.write(
        Deployment::passed("db-restore", 11), "deploy-run-run.d/2-rollback.d/1-db-restore.json");
    auto const told = tell(deployment);
    BOOST_TEST(told.says("db-backup: passed"));
    BOOST_TEST(told.says("rollback: passed"));
    BOOST_TEST(!told.says("db-restore: passed"));
    BOOST_TEST(!told.says("deploy-run: passed"));
}

BOOST_AUTO_TEST_CASE(a_start_needs_no_records) {
    record::Run run;
    run.environment = "production";
    run.name = "shop";
    run.commit = "3f2a9c1d5e7b";
    auto const story = story_of(run, {Event::start, "", ""});
    auto const body = json::write(*payload_of(story, {}).body);
    BOOST_TEST(support::slack_objection(body) == "");
    BOOST_TEST(
        body.find(":rocket: Started: Deployment of shop to production") != std::string::npos);
    auto const bare = json::write(*payload_of(story_of(record::Run{}, {}), {}).body);
    BOOST_TEST(support::slack_objection(bare) == "");
}

BOOST_AUTO_TEST_CASE(hostile_texts_stay_texts) {
    Deployment deployment;
    auto record = failed_migration();
    record.command = hostile;
    record.run.name = hostile;
    record.run.environment = hostile;
    record.run.actor = hostile;
    record.run.url = "javascript:alert(1)";
    record.error = Error{ErrorKind::failed, hostile, hostile};
    auto check = Deployment::check(hostile, CheckStatus::failed);
    check.message = hostile;
    check.hint = hostile;
    check.where = {hostile, 3, 0};
    record.add(check);
    deployment.write(record, "poison.json");
    auto const told = tell(deployment, {{}, hostile, "data:text/html,x"});
    for (auto const* live :
         {"<!channel>",
          "<@U0123456>",
          "<https://evil",
          "\x1b",
          "\u202e",
          "<javascript",
          "<data:"}) {
        BOOST_TEST(!told.says(live), live);
    }
    BOOST_TEST(told.says("&lt;!channel&gt;"));
    BOOST_TEST(told.says("🚢"));
    auto const message = json::parse(told.body, "m");
    for (auto const& block : message["blocks"]) {
        if (block["type"] == "section" && block.contains("text")) {
            BOOST_TEST(block["text"]["verbatim"] == true);
        }
    }
}

BOOST_AUTO_TEST_CASE(however_much_there_is_it_fits_and_says_what_does_not) {
    for (auto const* filler : {"m", "\"", "🚢", "&", "\x1b"}) {
        std::string some; // the length that a message of a check may well have
        for (int i = 0; i < 250; ++i) {
            some += filler;
        }
        std::string much;
        for (int i = 0; i < 20; ++i) {
            much += some;
        }
        Deployment deployment;
        for (int step = 0; step < 60; ++step) {
            auto record = failed_migration();
            record.tool = "tool-" + std::to_string(step);
            record.run.actor = much;
            record.run.name = much;
            record.summary = much;
            record.error = Error{ErrorKind::failed, much, much};
            for (int i = 0; i < 50; ++i) {
                auto check = Deployment::check("c" + std::to_string(i), CheckStatus::failed);
                check.message = std::to_string(i) + some;
                check.hint = some;
                record.add(check);
            }
            deployment.write(record, "r" + std::to_string(step) + ".json");
        }
        auto const told =
            tell(deployment, {{}, much, "https://x.example/" + std::string(590, 'y')});
        BOOST_TEST(told.omitted > 1000U);
        BOOST_TEST(told.says("omitted for length"));
        BOOST_TEST(told.says("\"Run\"},\"url\""));
    }
}

BOOST_AUTO_TEST_SUITE_END()
