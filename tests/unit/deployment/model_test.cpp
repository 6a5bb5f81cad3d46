// SPDX-License-Identifier: Apache-2.0
#include "deployment/model.hpp"

#include "error/error.hpp"
#include "support/deployment.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(report_model)

using namespace slipway;
using namespace slipway::deployment;
using record::CheckStatus;
using record::Severity;
using record::Status;

namespace {

std::vector<std::string> titles(Report const& report) {
    std::vector<std::string> out;
    for (auto const& step : report.steps) {
        out.push_back(std::string(step.depth, '>') + step.title);
    }
    return out;
}

void end_as(record::Record& record, Status status) {
    record.status = status;
    record.exit_code = record::exit_code(status, record.error);
}

} // namespace

BOOST_AUTO_TEST_CASE(steps_are_in_order_of_time_and_children_below_their_parent) {
    Deployment deployment;
    deployment.write(Deployment::passed("monitor", 60), "a.json");
    deployment.write(Deployment::passed("rollback", 20, 20), "rollback.json");
    deployment.write(Deployment::passed("health-check", 30), "rollback.d/2-health-check.json");
    deployment.write(Deployment::passed("db-backup", 21), "rollback.d/1-db-backup.json");
    deployment.write(Deployment::passed("preflight", 0), "z.json");
    Report report;
    deployment.build(report);
    std::vector<std::string> const expected{
        "preflight", "rollback", ">db-backup", ">health-check", "monitor"};
    BOOST_TEST(titles(report) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_child_of_an_earlier_run_of_its_parent_is_not_shown) {
    Deployment deployment;
    deployment.write(Deployment::passed("rollback", 20), "rollback.json");
    deployment.write(Deployment::passed("rollback", 1), "rollback.20260131T100001Z.000.json");
    deployment.write(Deployment::passed("db-backup", 2), "rollback.d/1-db-backup.json");
    Report report;
    deployment.build(report);
    BOOST_TEST(report.steps.size() == 1U);
    BOOST_TEST(report.notices.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_repeated_attempt_replaces_the_one_before_it) {
    Deployment deployment;
    auto first = Deployment::passed("smoke-http", 1);
    end_as(first, Status::failed);
    auto second = Deployment::passed("smoke-http", 100);
    second.run.attempt = 2;
    deployment.write(first, "job-1/smoke-http.json");
    deployment.write(second, "job-2/smoke-http.json");
    Report report;
    deployment.build(report);
    BOOST_TEST(report.steps.size() == 1U);
    BOOST_CHECK(report.verdict.status == Status::passed);
}

BOOST_AUTO_TEST_CASE(the_worst_status_is_the_verdict) {
    std::vector<std::pair<std::vector<Status>, Status>> const table{
        {{Status::skipped}, Status::skipped},
        {{Status::passed, Status::skipped}, Status::passed},
        {{Status::passed, Status::warned}, Status::warned},
        {{Status::undecided, Status::warned}, Status::undecided},
        {{Status::refused, Status::undecided}, Status::refused},
        {{Status::passed, Status::running}, Status::aborted},
        {{Status::aborted, Status::refused}, Status::aborted},
        {{Status::error, Status::aborted}, Status::error},
        {{Status::failed, Status::error, Status::refused}, Status::failed},
        {{Status::failed, Status::in_doubt, Status::passed}, Status::in_doubt},
    };
    for (auto const& row : table) {
        Deployment deployment;
        int second = 0;
        for (auto const status : row.first) {
            auto record = Deployment::passed("step-" + std::to_string(second), second);
            end_as(record, status);
            deployment.write(record, record.tool + ".json");
            ++second;
        }
        Report report;
        deployment.build(report);
        BOOST_TEST(record::name(report.verdict.status) == record::name(row.second));
    }
}

BOOST_AUTO_TEST_CASE(a_killed_run_is_named_as_such_and_is_no_evidence) {
    Deployment deployment;
    auto record = Deployment::passed("migrate-apply", 0);
    record.status = Status::running;
    record.finished_at.reset();
    record.exit_code.reset();
    deployment.write(record, "migrate-apply.json");
    Report report;
    deployment.build(report);
    BOOST_TEST(report.steps.front().killed);
    BOOST_TEST(report.verdict.sentence.find("killed before it ended") != std::string::npos);
    BOOST_TEST(report.troubles.size() == 1U);
}

BOOST_AUTO_TEST_CASE(failed_checks_come_first_and_the_graver_before_the_lesser) {
    Deployment deployment;
    auto record = Deployment::passed("preflight", 0);
    record.add(Deployment::check("green", CheckStatus::passed));
    record.add(Deployment::check("warned", CheckStatus::warned, Severity::critical));
    record.add(Deployment::check("minor", CheckStatus::failed, Severity::minor)).hint = "second";
    record.add(Deployment::check("unknown", CheckStatus::undecided));
    record.add(Deployment::check("critical", CheckStatus::failed, Severity::critical)).hint =
        "first";
    deployment.write(record, "preflight.json");
    Report report;
    deployment.build(report);
    std::vector<std::string> ids;
    for (auto const& trouble : report.troubles) {
        ids.push_back(trouble.id);
    }
    std::vector<std::string> const expected{"critical", "minor", "unknown", "warned"};
    BOOST_TEST(ids == expected, boost::test_tools::per_element());
    BOOST_TEST(report.recommendations.front().text == "first");
    BOOST_TEST(report.recommendations.back().text == "second");
}

BOOST_AUTO_TEST_CASE(a_step_that_only_repeats_its_tool_is_left_out) {
    Deployment deployment;
    auto run = Deployment::passed("deploy-run", 0, 20);
    for (std::string const id : {"smoke", "deploy"}) {
        run.add(Deployment::check("step." + id, CheckStatus::failed, Severity::critical)).message =
            id + " went wrong";
    }
    end_as(run, Status::failed);
    auto smoke = Deployment::passed("smoke-http", 5);
    smoke.summary = "smoke went wrong";
    smoke.add(Deployment::check("login", CheckStatus::failed)).message = "expected 200, got 500";
    end_as(smoke, Status::failed);
    deployment.write(run, "deploy-run.json");
    deployment.write(smoke, "deploy-run.d/1-smoke-http.json");
    Report report;
    deployment.build(report);
    BOOST_TEST_REQUIRE(report.troubles.size() == 2U);
    BOOST_TEST(report.troubles.front().id == "step.deploy");
    BOOST_TEST(report.troubles.back().id == "login");
}

BOOST_AUTO_TEST_CASE(the_cause_is_the_first_bad_step_and_what_it_started) {
    Deployment deployment;
    auto run = Deployment::passed("deploy-run", 0, 20);
    end_as(run, Status::failed);
    auto migrate = Deployment::passed("migrate-apply", 5);
    migrate.error = Error{ErrorKind::failed, "relation is missing", "Make it."};
    end_as(migrate, Status::failed);
    deployment.write(run, "deploy-run.json");
    deployment.write(migrate, "deploy-run.d/1-migrate-apply.json");
    Report report;
    deployment.build(report);
    BOOST_TEST(report.verdict.sentence == "migrate-apply failed: relation is missing");
}

BOOST_AUTO_TEST_CASE(a_rollback_after_the_failure_is_part_of_the_verdict) {
    Deployment deployment;
    auto smoke = Deployment::passed("smoke-http", 0);
    end_as(smoke, Status::failed);
    auto back = Deployment::passed("rollback", 10);
    back.command = "run";
    deployment.write(smoke, "smoke-http.json");
    deployment.write(back, "rollback-run.json");
    Report report;
    deployment.build(report);
    BOOST_TEST(report.verdict.word == "Failed, rolled back");
}

BOOST_AUTO_TEST_CASE(an_earlier_report_is_no_part_of_the_next_one) {
    Deployment deployment;
    deployment.write(Deployment::passed("preflight", 0), "preflight.json");
    auto own = Deployment::passed("report-render", 10);
    end_as(own, Status::running);
    deployment.write(own, "report-render.json");
    Report report;
    deployment.build(report);
    BOOST_TEST(report.steps.size() == 1U);
    BOOST_CHECK(report.verdict.status == Status::passed);
}

BOOST_AUTO_TEST_CASE(the_tool_that_started_the_report_is_in_progress_and_not_killed) {
    Deployment deployment;
    deployment.write(Deployment::passed("preflight", 1), "deploy-run.d/1-preflight.json");
    auto parent = Deployment::passed("deploy-run", 0);
    end_as(parent, Status::running);
    parent.finished_at.reset();
    deployment.write(parent, "deploy-run.json");
    Report report;
    slipway::deployment::build(
        report,
        gather({deployment.folder()}),
        {"", "0.1.0", {}, deployment.folder() / "deploy-run.d" / "2-report-render.json"});
    BOOST_TEST(!report.steps.front().killed);
    BOOST_CHECK(report.verdict.status == Status::passed);
}

BOOST_AUTO_TEST_CASE(records_of_other_runs_environments_and_names_can_be_taken_out) {
    Deployment deployment;
    deployment.write(Deployment::passed("preflight", 0), "preflight.json");
    auto other = Deployment::passed("db-backup", 1);
    other.run.id = "run-0";
    deployment.write(other, "a/db-backup.json");
    other = Deployment::passed("db-backup", 2);
    other.run.environment = "production";
    deployment.write(other, "b/db-backup.json");
    other = Deployment::passed("db-backup", 3);
    other.run.name.clear(); // of the deployment as a whole
    deployment.write(other, "c/db-backup.json");
    auto material = gather({deployment.folder()});
    BOOST_TEST(restrict_to(material, {}) == 0U);
    BOOST_TEST(restrict_to(material, {"run-1", "staging", "shop"}) == 2U);
    BOOST_TEST(material.records.size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_tells_of_telling_is_left_out_and_files_need_not_be_looked_for) {
    Deployment deployment;
    auto backup = Deployment::passed("db-backup", 0);
    backup.artifacts.push_back({"backup", "gone.tar", "", 1, std::string(64, 'a'), true});
    deployment.write(backup, "db-backup.json");
    deployment.write(Deployment::passed("slack-notify", 1), "slack-notify.json");
    Report report;
    slipway::deployment::build(
        report, gather({deployment.folder()}), {"", "0.1.0", {}, {}, {"slack-notify"}, false});
    BOOST_REQUIRE(report.steps.size() == 1U);
    BOOST_TEST(report.steps.front().links.empty());
    BOOST_TEST(report.notices.empty());
}

BOOST_AUTO_TEST_CASE(a_bad_record_in_a_folder_costs_a_line_and_not_the_report) {
    Deployment deployment;
    deployment.write(Deployment::passed("preflight", 0), "preflight.json");
    deployment.put("half.json", "{\"schema\": \"slipway/record/1\", \"tool\": ");
    Report report;
    deployment.build(report);
    BOOST_TEST(report.steps.size() == 1U);
    BOOST_TEST(report.notices.size() == 1U);
    BOOST_CHECK_THROW(gather({deployment.folder() / "half.json"}), Error);
}

BOOST_AUTO_TEST_CASE(no_records_are_a_usage_error) {
    Deployment deployment;
    Report report;
    BOOST_CHECK_EXCEPTION(deployment.build(report), Error, [](Error const& error) {
        return error.kind() == ErrorKind::usage;
    });
}

BOOST_AUTO_TEST_CASE(what_a_run_did_counts_more_than_what_its_plan_said) {
    Deployment deployment;
    auto const data = [](char const* status, bool this_run) {
        json::Value item{{"id", "002"}, {"file", "002.sql"}, {"status", status}};
        item["this_run"] = this_run;
        json::Value old{{"id", 1}, {"file", "001.sql"}, {"status", "applied"}};
        return json::Box{json::Value{{"migrations", json::Value::array({old, item})}}};
    };
    auto backup = Deployment::passed("db-backup", 1);
    backup.data = json::Box{json::Value{{"id", "B1"}, {"level", "restored"}}};
    auto const made = deployment.write(backup, "db-backup.json");
    auto plan = Deployment::passed("migrate-apply", 5);
    plan.command = "plan";
    plan.data = data("pending", false);
    deployment.write(plan, "plan.json");
    auto apply = Deployment::passed("migrate-apply", 6);
    apply.inputs.push_back(record::input_of(made, deployment.folder()));
    apply.data = data("applied", true);
    deployment.write(apply, "apply.json");
    auto later = Deployment::passed("migrate-apply", 9);
    later.command = "status";
    later.data = data("applied", false);
    deployment.write(later, "status.json");
    Report report;
    deployment.build(report);
    BOOST_TEST(report.changes.size() == 1U);
    BOOST_TEST(report.changes.front().migration.id == "002");
    BOOST_TEST(report.steps[report.changes.front().step].title == "migrate-apply");
    BOOST_TEST(report.applied_earlier == 1U);
    BOOST_TEST(report.assurances.size() == 1U);
    BOOST_TEST(
        report.assurances.front() ==
        "migrate-apply relied on the backup B1, verified to the level “restored”, finished 4.0 s "
        "before it began.");
}

BOOST_AUTO_TEST_SUITE_END()
