// SPDX-License-Identifier: Apache-2.0
// slack-notify with a bot token against a server that answers as Slack's Web API does; driven by
// Slack's own SDK, and with every limit, in tests/peers/slack.test.mjs.
#include "fs/temp_folder.hpp"
#include "support/run_tool.hpp"
#include "support/scripted_server.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(slack_thread_cli)

using namespace slipway;
using support::HttpAnswer;
using support::HttpRequest;

namespace {

HttpAnswer as_slack(HttpRequest const& request) {
    std::string const json = "Content-Type: application/json\r\n";
    if (request.header("Authorization") != "Bearer xoxb-s3cret") {
        return {200, R"({"ok":false,"error":"invalid_auth"})", json};
    }
    return {200, R"({"ok":true,"channel":"C0123456789","ts":"17.000001"})", json};
}

struct Site {
    fs::TempFolder folder{"slack-thread-test"};
    support::ScriptedServer slack{as_slack};

    support::ToolRun tell(std::vector<std::string> args, std::string token = "xoxb-s3cret") const {
        args.insert(args.end(), {"--thread", (folder.path() / "thread.json").string()});
        auto run = support::run_tool(
            "slack-notify",
            args,
            {{"SLACK_BOT_TOKEN", token},
             {"SLACK_API_URL", slack.url("/api")},
             {"SLACK_CHANNEL", "#deploys"},
             {"SLIPWAY_RUN_ID", "run-1"}});
        BOOST_TEST(!run.says(token), run.all());
        return run;
    }

    [[nodiscard]] std::vector<std::string> methods() const {
        std::vector<std::string> out;
        for (auto const& request : slack.requests()) {
            out.push_back(request.target);
        }
        return out;
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(one_message_is_edited_and_has_a_thread) {
    Site const site;
    auto const start = site.tell({"--on", "start"});
    BOOST_TEST(start.code == 0, start.all());
    BOOST_TEST(start.at("/data/thread/ts") == "17.000001");
    auto const end = site.tell({"--on", "failure", "--mention", "here"});
    BOOST_TEST(end.code == 0, end.all());
    std::vector<std::string> const methods{
        "/api/chat.postMessage", "/api/chat.update", "/api/chat.postMessage"};
    BOOST_TEST(site.methods() == methods, boost::test_tools::per_element());
    auto const requests = site.slack.requests();
    BOOST_REQUIRE(requests.size() == 3U);
    auto const edit = json::parse(requests[1].body, "edit");
    auto const reply = json::parse(requests[2].body, "reply");
    BOOST_TEST(edit["ts"] == "17.000001");
    BOOST_TEST(edit["channel"] == "C0123456789");
    BOOST_TEST(json::write(edit).find("<!here>") == std::string::npos);
    BOOST_TEST(reply["thread_ts"] == "17.000001");
    BOOST_TEST(reply["reply_broadcast"] == true);
    BOOST_TEST(json::text_at(reply, "text").starts_with("<!here> Failed"));
}

BOOST_AUTO_TEST_CASE(a_refusal_with_status_200_is_a_warning_and_with_strict_a_failure) {
    Site const site;
    auto const lenient = site.tell({"--on", "start"}, "xoxb-wr0ng");
    BOOST_TEST(lenient.code == 0, lenient.all());
    BOOST_TEST(lenient.at("/status") == "warned");
    BOOST_TEST(lenient.says("Slack said invalid_auth"), lenient.all());
    auto const strict = site.tell({"--on", "start", "--strict"}, "xoxb-wr0ng");
    BOOST_TEST(strict.code == 1, strict.all());
    auto const homeless = support::run_tool(
        "slack-notify",
        {"--on", "start", "--strict"},
        {{"SLACK_BOT_TOKEN", "xoxb-s3cret"}, {"SLACK_API_URL", site.slack.url("/api")}});
    BOOST_TEST(homeless.code == 2, homeless.all());
}

BOOST_AUTO_TEST_SUITE_END()
