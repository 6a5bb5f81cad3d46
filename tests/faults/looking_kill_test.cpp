// SPDX-License-Identifier: Apache-2.0
// kill -9 at any instant of the tools that change nothing themselves: no record says more than was
// seen, no report is half there, and the next run is as if nothing had been.
#include "fs/temp_folder.hpp"
#include "support/database.hpp"
#include "support/deployment.hpp"
#include "support/kills.hpp"
#include "support/run_tool.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(looking_kill)

using namespace slipway;

namespace {

int kills() {
    return support::full_faults() ? 50 : 10;
}

// Kills the tool at random instants of its run; after each of them `look` sees what it left, and
// the next run has to end as the first one did.
template <typename Look>
void kill_often(
    std::string const& tool,
    std::vector<std::string> const& args,
    support::Environment const& env,
    Look const& look) {
    auto const whole = support::run_tool(tool, args, env);
    BOOST_TEST_REQUIRE((whole.code == 0 || whole.code == 1), whole.all());
    support::Instants instants{whole.duration};
    int killed = 0;
    for (int each = 0; each < kills(); ++each) {
        auto const run = support::start_and_kill(tool, args, env, instants.next(), SIGKILL);
        if (run.signal == SIGKILL) {
            ++killed;
            // Killed between its record and its end it has said all; else it says that it runs.
            bool const honest = !run.record || run.at("/status") == "running" ||
                                run.at("/status") == whole.at("/status");
            BOOST_TEST(honest, run.all());
        }
        look();
        auto const next = support::run_tool(tool, args, env);
        BOOST_TEST(next.code == whole.code, next.all());
        instants.saw(next);
        BOOST_TEST(next.at("/status") == whole.at("/status"));
        BOOST_TEST(next.at("/checks").size() > 2U);
    }
    BOOST_TEST(killed >= kills() / 3, tool << ": most runs ended before they were killed");
}

void nothing_to_see() {}

} // namespace

BOOST_AUTO_TEST_CASE(preflight_and_the_checks_of_health_claim_nothing_that_they_did_not_see) {
    support::Database const database;
    support::Environment const env{
        {"DATABASE_URL", database.conninfo().uri().reveal()}, {"SLIPWAY_ENVIRONMENT", "staging"}};
    kill_often("preflight", {}, env, nothing_to_see);
    kill_often(
        "health-check", {"postgres", "sql:select pg_sleep(0.02) is not null"}, env, nothing_to_see);
    fs::TempFolder const folder{"slipway-kill-"};
    auto const suite = folder.path() / "suite.yaml";
    fs::write_atomic(
        suite,
        "name: s\nbase_url: http://127.0.0.1:9\nsteps:\n"
        "  - id: one\n    sql: select 1 from pg_sleep(0.02)\n    expect: { value: \"1\" }\n"
        "  - id: two\n    sql: select 2 from pg_sleep(0.02)\n    expect: { value: \"2\" }\n");
    kill_often("smoke-http", {suite.string()}, env, nothing_to_see);
}

BOOST_AUTO_TEST_CASE(a_report_is_whole_or_not_there) {
    Deployment const deployment;
    for (int step = 0; step < 40; ++step) {
        auto record = Deployment::passed("smoke-http", step);
        for (int i = 0; i < 50; ++i) {
            record.add(Deployment::check("c" + std::to_string(i), record::CheckStatus::warned));
        }
        deployment.write(record, "smoke-" + std::to_string(step) + ".json");
    }
    fs::TempFolder const folder{"slipway-kill-"};
    auto const report = folder.path() / "report.html";
    kill_often(
        "report-render",
        {"--format", "html", "--out", folder.path().string(), deployment.folder().string()},
        {},
        [&] {
            if (std::filesystem::exists(report)) {
                BOOST_TEST(fs::read_file(report).ends_with("</html>\n"));
                std::filesystem::remove(report);
            }
        });
}

BOOST_AUTO_TEST_CASE(a_pipeline_is_gone_on_with_and_repeats_nothing_that_passed) {
    fs::TempFolder const folder{"slipway-kill-"};
    auto const at = [&](char const* name) {
        return (folder.path() / name).string();
    };
    fs::write_atomic(
        at("pipeline.yaml"),
        "name: p\nsteps:\n"
        "  - id: one\n    run: sleep 0.02; echo one >>" +
            at("done") +
            "\n"
            "  - id: two\n    run: sleep 0.02; echo two >>" +
            at("done") +
            "\n"
            "  - id: three\n    run: sleep 0.02; echo three >>" +
            at("done") + "\n");
    support::Instants instants{std::chrono::milliseconds{120}};
    int killed = 0;
    for (int each = 0; each < kills(); ++each) {
        std::filesystem::remove(at("done"));
        auto const records = at(("run-" + std::to_string(each)).c_str());
        support::Environment const env{{"SLIPWAY_DIR", records}};
        std::vector<std::string> const args{
            "run", at("pipeline.yaml"), "--yes", "--resume", "--output", records + "/record.json"};
        auto const run = support::start_and_kill("deploy-run", args, env, instants.next(), SIGKILL);
        killed += run.signal == SIGKILL ? 1 : 0;
        auto const next = support::run_tool("deploy-run", args, env);
        BOOST_TEST(next.code == 0, next.all());
        // The step that it was killed at may have run twice, and no other.
        auto const done = fs::read_file(at("done"));
        for (std::string const step : {"one\n", "two\n", "three\n"}) {
            BOOST_TEST(done.find(step) != std::string::npos, done);
        }
        BOOST_TEST(std::count(done.begin(), done.end(), '\n') <= 4, done);
    }
    BOOST_TEST(killed >= kills() / 3, "most runs ended before they were killed");
}

BOOST_AUTO_TEST_SUITE_END()
