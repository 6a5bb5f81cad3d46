// SPDX-License-Identifier: Apache-2.0
// rollback decides from records of real tools, and undoes application and database for real.
#include "support/http_listener.hpp"
#include "support/restore_site.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback)

using namespace slipway;
using support::RestoreSite;
using support::ToolRun;

namespace {

// A deployment that went wrong: a backup was made before it, rows were lost by it.
class Deployment {
public:
    Deployment() {
        fs::make_folder(records());
        site.backup({"--output", (records() / "db-backup.json").string()});
        site.sql("delete from items where id <= 100");
    }

    [[nodiscard]] fs::Path records() const { return site.folder() / "records"; }

    // A shell command that writes its name into the log of what was done.
    [[nodiscard]] std::string does(std::string const& name) const {
        return "echo " + name + " >>" + (site.folder() / "done").string();
    }

    [[nodiscard]] std::string done() const {
        fs::Path const log = site.folder() / "done";
        std::string out = std::filesystem::exists(log) ? fs::read_file(log) : "";
        std::replace(out.begin(), out.end(), '\n', ' ');
        return out;
    }

    [[nodiscard]] std::vector<std::string>
    full(std::string const& app_command, std::vector<std::string> const& more = {}) const {
        std::vector<std::string> out{
            "run",
            "--scope",
            "full",
            "--reason",
            "rows were lost",
            "--app-command",
            app_command,
            "--quiesce-command",
            does("quiesce"),
            "--resume-command",
            does("resume"),
            "--accept-data-loss",
            "--input",
            records().string()};
        out.insert(out.end(), more.begin(), more.end());
        return out;
    }

    [[nodiscard]] ToolRun run(std::vector<std::string> arguments) const {
        return site.run("rollback", std::move(arguments));
    }

    RestoreSite site;
};

std::string steps(ToolRun const& run) {
    std::string out;
    for (auto const& step : (*run.record)->at("data").at("steps")) {
        out += step.at("id").get<std::string>() + " " + step.at("state").get<std::string>() + ", ";
    }
    return out;
}

std::string state(ToolRun const& run) {
    return run.at("/data/state/application") + ", " + run.at("/data/state/database") + ", " +
           run.at("/data/state/work");
}

support::HttpListener answering(int status) {
    return support::HttpListener{[status](support::Peer& peer) {
        while (!peer.read_request().empty()) {
            peer.answer(status, "{}");
        }
    }};
}

} // namespace

BOOST_AUTO_TEST_CASE(
    the_evidence_of_a_failed_smoke_run_leads_to_a_full_rollback_that_proves_itself) {
    Deployment const deployment;
    auto const& site = deployment.site;
    auto const bad = answering(500);
    fs::write_atomic(
        site.folder() / "suite.yaml",
        "name: after the deployment\nbase_url: " + bad.url("") +
            "\nsteps:\n  - id: home\n    get: /\n    expect: { status: 200 }\n"
            "  - id: items\n    sql: select count(*) from items\n    expect: { value: \"500\" }\n");
    auto const smoke = site.run(
        "smoke-http",
        {(site.folder() / "suite.yaml").string(),
         "--output",
         (deployment.records() / "smoke-http.json").string()});
    BOOST_TEST(smoke.code == 1, smoke.all());
    auto const health = site.run(
        "health-check",
        {bad.url("/health"), "--output", (deployment.records() / "health-check.json").string()});
    BOOST_TEST(health.code == 1, health.all());

    auto const decided = deployment.run({"--input", deployment.records().string()});
    BOOST_TEST(decided.code == 0, decided.all());
    BOOST_TEST(decided.at("/data/decision") == "full");
    BOOST_TEST(decided.at("/status") == "warned");
    BOOST_TEST(decided.says("a check of the data failed"));
    BOOST_TEST(decided.says("failed health checks 1"));
    BOOST_TEST((*decided.record)->at("inputs").size() == 2U);
    auto const coded = deployment.run({"--exit-code", "--input", deployment.records().string()});
    BOOST_TEST(coded.code == 1, coded.all());

    auto const good = answering(200);
    auto const run = deployment.run(
        deployment.full(deployment.does("application"), {"--health-url", good.url()}));
    BOOST_TEST_REQUIRE(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/decision") == "full");
    BOOST_TEST(deployment.done() == "quiesce application resume ");
    BOOST_TEST(
        steps(run) == "safety passed, quiesce passed, app passed, database passed, resume passed, "
                      "health passed, smoke skipped, ");
    BOOST_TEST(state(run) == "back, back, resumed");
    BOOST_TEST(site.value("select count(*) from items") == "500");
    BOOST_TEST(
        site.value("select scope || ' ' || reason || ' ' || outcome || ' ' || (backup_id <> '') || "
                   "' ' || jsonb_array_length(steps) from slipway.rollback_log") ==
        "full rows were lost passed true 7");
    BOOST_TEST(
        site.siblings() == std::vector{run.at("/data/previous")}, boost::test_tools::per_element());
    // The rollback may itself be undone, and its note survives the next one.
    BOOST_TEST(site.restore({"undo", "--accept-data-loss"}).code == 0);
    BOOST_TEST(site.value("select count(*) from items") == "400");
}

BOOST_AUTO_TEST_CASE(the_database_alone_and_the_log_of_earlier_rollbacks_survives) {
    Deployment const deployment;
    std::vector<std::string> const arguments{
        "run", "--scope", "db", "--accept-data-loss", "--reason", "once", "--no-safety-backup"};
    for (int i = 0; i < 2; ++i) {
        auto const run = deployment.run(arguments);
        BOOST_TEST_REQUIRE(run.code == 0, run.all());
        BOOST_TEST(state(run) == "as before, back, not stopped");
    }
    BOOST_TEST(deployment.site.value("select count(*) from slipway.rollback_log") == "2");
}

BOOST_AUTO_TEST_CASE(the_application_alone_needs_no_database) {
    RestoreSite const site;
    auto const run = site.run(
        "rollback",
        {"run", "--scope", "app", "--app-command", "echo went back to 1.3"},
        {{"DATABASE_URL", ""}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/data/steps/0/message") == "went back to 1.3");
    BOOST_TEST(state(run) == "back, as before, not stopped");
    auto const noted =
        site.run("rollback", {"run", "--scope", "app", "--app-command", "true", "--reason", "x"});
    BOOST_TEST(noted.code == 0, noted.all());
    BOOST_TEST(site.value("select scope from slipway.rollback_log") == "app");
    auto const unlogged = site.run(
        "rollback",
        {"run", "--scope", "app", "--app-command", "true"},
        {{"DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x"}});
    BOOST_TEST(unlogged.code == 0, unlogged.all());
    BOOST_TEST(unlogged.says("not in slipway.rollback_log"));
}

BOOST_AUTO_TEST_CASE(work_is_resumed_although_a_step_fails_and_the_rest_is_not_touched) {
    Deployment const deployment;
    auto const run =
        deployment.run(deployment.full("echo it is broken >&2; exit 3", {"--no-safety-backup"}));
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(deployment.done() == "quiesce resume ");
    BOOST_TEST(steps(run) == "quiesce passed, app failed, resume passed, ");
    BOOST_TEST(state(run) == "not certain, as before, resumed");
    BOOST_TEST(run.at("/error/message").find("it is broken") != std::string::npos);
    BOOST_TEST(deployment.site.value("select count(*) from items") == "400");
    BOOST_TEST(deployment.site.value("select outcome from slipway.rollback_log") == "failed");
    BOOST_TEST(deployment.site.siblings().empty());
}

BOOST_AUTO_TEST_CASE(a_resume_that_fails_and_a_service_that_stays_bad_are_told) {
    Deployment const deployment;
    auto const stuck = deployment.run(
        {"run",
         "--scope",
         "app",
         "--app-command",
         "true",
         "--quiesce-command",
         "true",
         "--resume-command",
         "exit 1"});
    BOOST_TEST(stuck.code == 1, stuck.all());
    BOOST_TEST(state(stuck) == "back, as before, not certain");
    auto const bad = answering(500);
    auto const sick = deployment.run(
        {"run",
         "--scope",
         "app",
         "--app-command",
         "true",
         "--health-url",
         bad.url(),
         "--health-wait",
         "1s"});
    BOOST_TEST(sick.code != 0, sick.all());
    BOOST_TEST(steps(sick) == "app passed, health failed, ");
}

BOOST_AUTO_TEST_CASE(what_can_be_refused_is_refused_before_work_is_stopped) {
    Deployment const deployment;
    auto arguments = deployment.full(deployment.does("application"));
    arguments.erase(std::find(arguments.begin(), arguments.end(), "--accept-data-loss"));
    auto const refused = deployment.run(arguments);
    BOOST_TEST(refused.code == 4, refused.all());
    BOOST_TEST(refused.at("/error/hint").find("--accept-data-loss") != std::string::npos);
    auto const unknown =
        deployment.run(deployment.full(deployment.does("application"), {"--backup-id", "nosuch"}));
    BOOST_TEST(unknown.code == 2, unknown.all());
    BOOST_TEST(unknown.says("nosuch"));
    auto const production = deployment.run(
        deployment.full(deployment.does("application"), {"--relaxed-environments", "x"}));
    BOOST_TEST(production.code == 0, production.all()); // a local server with no environment named
    for (std::vector<std::string> const& wrong : std::vector<std::vector<std::string>>{
             {"run"},
             {"run", "--scope", "app"},
             {"run", "--scope", "app", "--app-command", "true", "--quiesce-command", "true"},
             {"decide"}}) {
        auto const usage = deployment.run(wrong);
        BOOST_TEST(usage.code == 2, usage.all());
    }
    auto const asked = deployment.run(
        {"run", "--scope", "app", "--app-command", deployment.does("x"), "--environment", "live"});
    BOOST_TEST(asked.code == 4, asked.all());
    BOOST_TEST(deployment.done() == "quiesce application resume ");
}

BOOST_AUTO_TEST_CASE(a_dry_run_tells_the_backup_and_the_window_and_runs_nothing) {
    Deployment const deployment;
    auto const run = deployment.run(deployment.full(deployment.does("application"), {"--dry-run"}));
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(!run.at("/data/backup/id").empty());
    BOOST_TEST(!run.at("/data/window/from").empty());
    BOOST_TEST(run.says("Would roll back: the application by"));
    BOOST_TEST(deployment.done().empty());
}

BOOST_AUTO_TEST_CASE(a_stop_in_the_middle_resumes_work_and_leaves_an_aborted_record) {
    Deployment const deployment;
    auto const run = support::start_and_kill(
        "rollback",
        {"run",
         "--scope",
         "app",
         "--app-command",
         "sleep 60",
         "--quiesce-command",
         deployment.does("quiesce"),
         "--resume-command",
         deployment.does("resume")},
        deployment.site.environment(),
        std::chrono::seconds{2},
        SIGTERM);
    BOOST_TEST(run.code == 143, run.all());
    BOOST_TEST(run.at("/status") == "aborted");
    BOOST_TEST(deployment.done() == "quiesce resume ");
    BOOST_TEST(steps(run) == "quiesce passed, app failed, resume passed, ");
}

BOOST_AUTO_TEST_CASE(a_killed_rollback_is_named_by_the_next_one) {
    Deployment const deployment;
    std::string const output = (deployment.site.folder() / "rollback.json").string();
    auto const killed = support::start_and_kill(
        "rollback",
        {"run", "--scope", "app", "--app-command", "sleep 60", "--output", output},
        deployment.site.environment(),
        std::chrono::seconds{2},
        SIGKILL);
    BOOST_TEST(killed.signal == SIGKILL);
    auto const next =
        deployment.run({"run", "--scope", "app", "--app-command", "true", "--output", output});
    BOOST_TEST(next.code == 0, next.all());
    BOOST_TEST(next.says("an earlier rollback was killed"));
    auto const record = json::parse(fs::read_file(output), output);
    BOOST_TEST(record.at("data").at("killed_before").at("step") == "app");
    auto const after =
        deployment.run({"run", "--scope", "app", "--app-command", "true", "--output", output});
    BOOST_TEST(!after.says("an earlier rollback was killed"), after.all());
}

BOOST_AUTO_TEST_CASE(without_usable_evidence_it_is_undecided) {
    Deployment const deployment;
    std::string const records = deployment.records().string();
    auto const lenient = deployment.run({"--input", records});
    BOOST_TEST(lenient.code == 0, lenient.all());
    BOOST_TEST(lenient.at("/data/decision") == "none");
    BOOST_TEST(lenient.at("/data/decided") == "false");
    auto const strict = deployment.run({"--input", records, "--on-undecided", "fail"});
    BOOST_TEST(strict.code == 7, strict.all());
}

BOOST_AUTO_TEST_SUITE_END()
