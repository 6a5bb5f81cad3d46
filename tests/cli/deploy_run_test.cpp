// SPDX-License-Identifier: Apache-2.0
#include "support/deploy_run_site.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(deploy_run)

using namespace slipway;
using support::at;
using support::DeploySite;
using support::has;
using support::lines_of;
using support::three_steps;

BOOST_AUTO_TEST_CASE(a_pipeline_passes_and_every_step_leaves_its_record) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    site.write("ok", "");
    auto const ran = site.run({"run", "p.yaml"});
    BOOST_TEST_CONTEXT(ran.error_tail) {
        BOOST_TEST(ran.exit_code == 0);
        BOOST_TEST(has(ran.output, "deploy-run: passed: shop: 4 steps in "));
        BOOST_TEST(has(ran.error_tail, "[2/4] two ok "));
        BOOST_TEST(site.steps() == "one=passed two=passed three=passed report=passed");
    }
    auto const record = site.record();
    BOOST_TEST(at(record, "/run/environment") == "staging");
    BOOST_TEST(record.at("inputs").size() == 4U);
    BOOST_TEST(record.at("checks").size() == 4U);
    BOOST_TEST(at(record, "/checks/1/id") == "step.two");
    BOOST_TEST(at(record, "/data/downtime_ms") == "null");
    BOOST_TEST(at(record, "/data/steps/1/inputs/0/sha256") == at(record, "/inputs/0/sha256"));
    auto const own = site.record("deploy-run-run.d/2-two.json");
    BOOST_TEST(at(own, "/tool") == "deploy-run");
    BOOST_TEST(at(own, "/command") == "step");
    BOOST_TEST(at(own, "/data/exit_code") == "0");
    BOOST_TEST(at(own, "/run/id") == at(record, "/run/id"));
    auto const report = site.record("deploy-run-run.d/4-report.json");
    BOOST_TEST(at(report, "/tool") == "report-render");
    BOOST_TEST(at(report, "/run/id") == at(record, "/run/id"));
    BOOST_TEST(at(report, "/run/environment") == "staging");
    BOOST_TEST(record.at("data").at("steps").at(3).at("inputs").size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_failing_step_stops_the_rest_but_not_what_always_runs) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    auto const ran = site.run({"p.yaml"});
    BOOST_TEST(ran.exit_code == 1);
    BOOST_TEST(site.steps() == "one=passed two=failed three=skipped report=passed");
    BOOST_TEST(site.read("three.count").empty());
    auto const record = site.record();
    BOOST_TEST(at(record, "/status") == "failed");
    BOOST_TEST(
        at(record, "/summary") ==
        "shop: failed in the step two: exit code 9: no ok file; 1 step skipped");
    BOOST_TEST(at(record, "/data/steps/1/exit_code") == "9");
    BOOST_TEST(at(record, "/data/steps/2/skipped_because") == "the step two failed");
    BOOST_TEST(has(at(record, "/error/hint"), "deploy-run run p.yaml --resume"));
    BOOST_TEST(at(record, "/error/where/line") == "6");
    // The report was given the records of those that ran, the failed one too.
    BOOST_TEST(record.at("data").at("steps").at(3).at("inputs").size() == 2U);
}

BOOST_AUTO_TEST_CASE(skip_and_from_leave_steps_out_and_say_why) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    BOOST_TEST(site.run({"p.yaml", "--skip", "two", "--skip", "report"}).exit_code == 0);
    BOOST_TEST(site.steps() == "one=passed two=skipped three=passed report=skipped");
    BOOST_TEST(at(site.record(), "/data/steps/1/skipped_because") == "--skip");
    DeploySite const other;
    other.write("p.yaml", three_steps);
    BOOST_TEST(other.run({"p.yaml", "--from", "three"}).exit_code == 0);
    BOOST_TEST(other.steps() == "one=skipped two=skipped three=passed report=passed");
    BOOST_TEST(other.read("one.count").empty());
    auto const ran = other.run({"p.yaml", "--skip", "tree"});
    BOOST_TEST(ran.exit_code == 2);
    BOOST_TEST(has(ran.error_tail, "Did you mean three?"));
}

BOOST_AUTO_TEST_CASE(a_tool_that_fails_hands_on_its_exit_code_its_words_and_its_hint) {
    DeploySite const site;
    site.write("p.yaml", R"(steps:
  - id: report
    uses: report-render
    with: { RECORD: "no-such.json" }
  - id: after
    run: touch after
)");
    auto const ran = site.run({"p.yaml"});
    BOOST_TEST(ran.exit_code == 2);
    auto const record = site.record();
    BOOST_TEST(at(record, "/status") == "error");
    BOOST_TEST(at(record, "/error/kind") == "usage");
    BOOST_TEST(has(at(record, "/summary"), "no-such.json"));
    BOOST_TEST(at(record, "/data/steps/0/status") == "error");
    BOOST_TEST(site.read("after").empty());
}

BOOST_AUTO_TEST_CASE(a_failure_that_may_be_is_a_warning) {
    DeploySite const site;
    site.write(
        "p.yaml",
        "steps:\n  - id: a\n    run: exit 3\n    on_failure: continue\n"
        "  - id: b\n    run: echo b > b\n");
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 0);
    BOOST_TEST(site.steps() == "a=failed b=passed");
    BOOST_TEST(at(site.record(), "/status") == "warned");
    BOOST_TEST(site.read("b") == "b\n");
}

constexpr std::string_view with_rollback =
    "steps:\n"
    "  - id: migrate\n    run: echo migrated >> log\n"
    "  - id: smoke\n    run: test -e healthy\n    on_failure: rollback\n"
    "  - id: watch\n    run: echo watched >> log\n"
    "  - id: undo\n    run: echo undone >> log; exit $(cat undo-code)\n    rollback: true\n"
    "    inputs: all\n"
    "  - id: report\n    run: echo reported >> log\n    always: true\n";

BOOST_AUTO_TEST_CASE(a_failure_that_asks_for_a_rollback_gets_it_before_the_report) {
    DeploySite const site;
    site.write("p.yaml", with_rollback);
    site.write("undo-code", "0\n");
    auto const ran = site.run({"p.yaml"});
    BOOST_TEST(ran.exit_code == 1);
    BOOST_TEST(
        site.steps() == "migrate=passed smoke=failed watch=skipped undo=passed report=passed");
    BOOST_TEST(site.read("log") == "migrated\nundone\nreported\n");
    BOOST_TEST(has(at(site.record(), "/error/message"), "undo passed"));
}

BOOST_AUTO_TEST_CASE(without_such_a_failure_there_is_no_rollback) {
    DeploySite const site;
    site.write("p.yaml", with_rollback);
    site.write("healthy", "");
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 0);
    BOOST_TEST(
        site.steps() == "migrate=passed smoke=passed watch=passed undo=skipped report=passed");
    BOOST_TEST(site.read("log") == "migrated\nwatched\nreported\n");
}

BOOST_AUTO_TEST_CASE(a_rollback_that_fails_is_told_beside_what_asked_for_it) {
    DeploySite const site;
    site.write("p.yaml", with_rollback);
    site.write("undo-code", "3\n");
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 1);
    BOOST_TEST(has(at(site.record(), "/error/message"), "failed in the step smoke"));
    BOOST_TEST(has(at(site.record(), "/error/message"), "undo failed"));
}

BOOST_AUTO_TEST_CASE(after_a_rollback_nothing_that_was_done_is_trusted) {
    DeploySite const site;
    site.write("p.yaml", with_rollback);
    site.write("undo-code", "0\n");
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 1);
    site.write("healthy", "");
    auto const ran = site.run({"p.yaml", "--resume"});
    BOOST_TEST(ran.exit_code == 0);
    BOOST_TEST(site.read("log") == "migrated\nundone\nreported\nmigrated\nwatched\nreported\n");
    BOOST_TEST(has(ran.error_tail, "the deployment was rolled back"));
}

BOOST_AUTO_TEST_CASE(a_step_ends_at_its_deadline) {
    DeploySite const site;
    site.write("p.yaml", "steps:\n  - id: slow\n    run: sleep 30\n    timeout: 200ms\n");
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 5);
    BOOST_TEST(at(site.record(), "/error/kind") == "timeout");
    BOOST_TEST(site.record().at("duration_ms").get<int>() < 5000);
}

BOOST_AUTO_TEST_CASE(what_asks_is_refused_where_nobody_can_answer) {
    DeploySite const site;
    site.write(
        "p.yaml",
        "steps:\n  - id: a\n    run: echo a > a\n  - id: b\n    run: echo b > b\n"
        "    confirm: Deploy it?\n");
    auto const ran = site.run({"p.yaml"});
    BOOST_TEST(ran.exit_code == 4);
    BOOST_TEST(has(ran.error_tail, "not confirmed: Deploy it?"));
    BOOST_TEST(site.steps() == "a=passed b=refused");
    BOOST_TEST(site.read("b").empty());
    BOOST_TEST(site.run({"p.yaml", "--resume", "--yes"}).exit_code == 0);
    BOOST_TEST(site.read("b") == "b\n");
}

BOOST_AUTO_TEST_CASE(commands_see_where_they_are_and_the_records_that_they_asked_for) {
    DeploySite const site;
    site.write("p.yaml", R"(env: { A: "${HOST:-local}", B: "b-${A}" }
steps:
  - id: one
    run: "true"
  - id: two
    inputs: [one]
    env: { A: own }
    run: printf '%s|' "$SLIPWAY_STEP" "$SLIPWAY_DIR" "$SLIPWAY_RUN_ID" "$A" "$B" "$SLIPWAY_INPUTS" > seen
)");
    BOOST_TEST(site.run({"p.yaml"}, {{"SLIPWAY_RUN_ID", "r1"}, {"HOST", "far"}}).exit_code == 0);
    auto const folder = std::filesystem::canonical(site.path("slipway-out")).string();
    BOOST_TEST(
        site.read("seen") ==
        "two|" + folder + "|r1|own|b-far|" + folder + "/deploy-run-run.d/1-one.json\n|");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_the_file_is_told_before_anything_starts) {
    struct Case {
        std::string_view text;
        std::string_view words;
    };
    constexpr Case cases[] = {
        {"  - { id: b, uses: report-render, with: { formt: md } }\n", "no option formt"},
        {"  - { id: b, uses: report-render, with: { log-format: pdf } }\n", "pdf is not possible"},
        {"  - { id: b, uses: report-render, command: show }\n", "has no verb show"},
        {"  - { id: b, uses: no-such-tool }\n", "the tool no-such-tool is neither beside"},
        {"  - { id: b, run: x, env: { A: \"${NO_SUCH}\" } }\n", "the variable NO_SUCH is not set"},
        {"  - { id: b, run: x, on_failure: rollback }\n", "no step for the rollback stands behind"},
        {"  - { id: a, run: x }\n", "already a step a"},
    };
    for (auto const& one : cases) {
        DeploySite const site;
        site.write("p.yaml", "steps:\n  - { id: a, run: touch started }\n" + std::string{one.text});
        auto const ran = site.run({"p.yaml"});
        BOOST_TEST_CONTEXT(one.text << ran.error_tail) {
            BOOST_TEST(ran.exit_code == (has(ran.error_tail, "no-such-tool") ? 3 : 2));
            BOOST_TEST(has(ran.error_tail, one.words));
            BOOST_TEST(has(ran.error_tail, "p.yaml:3"));
            BOOST_TEST(!std::filesystem::exists(site.path("started")));
            BOOST_TEST(at(site.record(), "/error/where/line") == "3");
        }
    }
}

BOOST_AUTO_TEST_CASE(an_input_that_nobody_would_read_is_refused) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    auto const ran = site.run({"p.yaml", "--input", "p.yaml"});
    BOOST_TEST(ran.exit_code == 2);
    BOOST_TEST(has(ran.error_tail, "relies on no --input"));
    BOOST_TEST(site.read("one.count").empty());
}

BOOST_AUTO_TEST_CASE(plan_and_dry_run_tell_what_would_run_and_start_nothing) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    auto ran = site.run({"plan", "p.yaml", "--skip", "three"});
    BOOST_TEST(ran.exit_code == 0);
    BOOST_TEST(has(ran.error_tail, "[1/4] one: sh -c: echo run >> one.count"));
    BOOST_TEST(has(ran.error_tail, "[3/4] three: skipped (--skip)"));
    BOOST_TEST(has(ran.error_tail, "[4/4] report: report-render "));
    BOOST_TEST(has(at(site.record("deploy-run-plan.json"), "/data/mermaid"), "flowchart TD"));
    ran = site.run({"run", "p.yaml", "--dry-run"});
    BOOST_TEST(ran.exit_code == 0);
    BOOST_TEST(at(site.record("deploy-run-run-dry-run.json"), "/dry_run") == "true");
    BOOST_TEST(site.read("one.count").empty());
    BOOST_TEST(!std::filesystem::exists(site.path("slipway-out/deploy-run-run.d")));
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 1);
    ran = site.run({"plan", "p.yaml", "--resume"});
    BOOST_TEST(has(ran.error_tail, "[1/4] one: not repeated"));
    BOOST_TEST(has(ran.error_tail, "it ended failed before"));
    BOOST_TEST(has(ran.output, "3 of 4 steps would run"));
}

BOOST_AUTO_TEST_CASE(no_secret_is_in_a_record_or_in_the_log) {
    DeploySite const site;
    site.write("p.yaml", R"(env: { UPSTREAM: "https://joe:${SHOP_PASSWORD}@host/" }
steps:
  - id: show
    run: echo "$SHOP_PASSWORD $DATABASE_URL $UPSTREAM"; env
  - id: fail
    run: echo "bad $SHOP_PASSWORD" >&2; exit 1
)");
    auto const ran = site.run(
        {"p.yaml"},
        {{"SHOP_PASSWORD", "sup3r-s3cret"},
         {"DATABASE_URL", "postgres://shop:dbpa55word@db/shop"}});
    BOOST_TEST(ran.exit_code == 1);
    BOOST_TEST(has(ran.error_tail, "bad ***"));
    for (auto const* secret : {"sup3r-s3cret", "dbpa55word"}) {
        BOOST_TEST(site.files_with(secret).empty(), secret);
        BOOST_TEST(!has(ran.output + ran.error_tail, secret), secret);
    }
    BOOST_TEST(site.files_with("***").size() >= 2U);
}

BOOST_AUTO_TEST_CASE(in_github_each_step_is_a_group) {
    DeploySite const site;
    site.write("p.yaml", "steps:\n  - id: a\n    run: 'echo ::error::forged; exit 1'\n");
    auto const ran = site.run(
        {"p.yaml"}, {{"GITHUB_ACTIONS", "true"}, {"GITHUB_RUN_ID", "7"}, {"APP_TOKEN", "t0ken-x"}});
    BOOST_TEST(ran.exit_code == 1);
    BOOST_TEST(has(ran.error_tail, "::add-mask::t0ken-x\n"));
    BOOST_TEST(has(ran.error_tail, "\n::group::[1/1] a: "));
    BOOST_TEST(has(ran.error_tail, "\n::endgroup::\n"));
    BOOST_TEST(!has(ran.error_tail, "\n::error::forged"));
    BOOST_TEST(has(ran.error_tail, "\n::error file=p.yaml,line=2"));
    BOOST_TEST(at(site.record(), "/run/id") == "7");
}

BOOST_AUTO_TEST_CASE(a_tool_gets_its_options_and_its_secret_where_nobody_sees_it) {
    DeploySite const site;
    site.write_program("db-backup", R"(#!/bin/sh
test "$1" != --describe || exec cat description.json
shift 2 # --output FILE
printf '%s ' "$@" > words
printf '%s' "$SLIPWAY_DB_BACKUP_KEY $SLIPWAY_DB_BACKUP_KEEP $SLIPWAY_LOG_FORMAT" > variables
echo '{"time":"","level":"warning","message":"low on disk","free":7}' >&2
)");
    site.write("description.json", R"({"schema": "slipway/describe/1", "tool": "db-backup",
  "verbs": [{"name": "create"}], "options": [
    {"name": "--keep", "kind": "integer"},
    {"name": "--table", "kind": "list", "element": "text"},
    {"name": "--key", "kind": "secret", "variable": "SLIPWAY_DB_BACKUP_KEY"}]})");
    site.write("p.yaml", R"(environment: staging
steps:
  - id: backup
    uses: db-backup
    command: create
    with: { keep: 5, table: [a, b], key: "${BACKUP_KEY}" }
    timeout: 90s
    confirm: Back it up?
)");
    auto const ran = site.run(
        {"p.yaml", "--yes"},
        {{"SLIPWAY_BIN", site.path("").string()},
         {"BACKUP_KEY", "k3y-of-backup"},
         {"SLIPWAY_DB_BACKUP_KEEP", "99"}});
    BOOST_TEST(
        site.read("words") ==
        "create --keep 5 --table a --table b --environment=staging --timeout=1m30s --yes ");
    BOOST_TEST(site.read("variables") == "k3y-of-backup  json");
    BOOST_TEST(has(ran.error_tail, "warning backup: low on disk free=7"));
    // It ended with 0, but left no record: that is no evidence of anything.
    BOOST_TEST(ran.exit_code == 1);
    BOOST_TEST(has(at(site.record(), "/summary"), "it left no record"));
    BOOST_TEST(site.files_with("k3y-of-backup").empty());
}

BOOST_AUTO_TEST_SUITE_END()
