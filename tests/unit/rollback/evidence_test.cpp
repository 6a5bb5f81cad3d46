// SPDX-License-Identifier: Apache-2.0
#include "evidence.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(rollback_evidence)

using namespace slipway;
using rollback::read_evidence;
using verdict::Action;

namespace {

record::Found found(
    std::string const& tool,
    std::string const& file,
    json::Value data,
    int minute = 0,
    std::string const& run = "1") {
    record::Found out;
    out.record.tool = tool;
    out.record.command = "run";
    out.record.run.id = run;
    out.record.run.environment = "staging";
    out.record.status = record::Status::failed;
    out.record.started_at = time::Instant{} + std::chrono::minutes{minute};
    *out.record.data = std::move(data);
    out.path = fs::Path{"out"} / file;
    return out;
}

json::Value probe(std::string const& kind, std::string const& state) {
    return {{"kind", kind}, {"state", state}};
}

json::Value step(std::string const& kind, std::string const& outcome, json::Value status) {
    return {{"kind", kind}, {"outcome", outcome}, {"status", std::move(status)}};
}

Action advice(std::vector<record::Found> const& records) {
    return verdict::decide(read_evidence(records, "").evidence).action;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_service_that_answers_badly_is_the_applications_fault_and_silence_an_outage) {
    auto const health = [](json::Value probes) {
        return found("health-check", "health-check.json", {{"probes", std::move(probes)}});
    };
    BOOST_TEST(
        (advice({health({probe("http", "good"), probe("postgres", "good")})}) == Action::none));
    BOOST_TEST(
        (advice({health({probe("http", "wrong"), probe("postgres", "good")})}) == Action::app));
    BOOST_TEST(
        (advice({health({probe("http", "unreached"), probe("tcp", "good")})}) == Action::app));
    BOOST_TEST((
        advice({health({probe("http", "unreached"), probe("tcp", "unreached")})}) == Action::full));
    // One alone may be the probe's own fault, unless it was asked again and again.
    BOOST_TEST((advice({health({probe("http", "unreached")})}) == Action::app));
    auto patient = health({probe("http", "unreached")});
    (*patient.record.data)["attempts"] = 3;
    BOOST_TEST((advice({patient}) == Action::full));
    auto const answers =
        found("smoke-http", "smoke-http.json", {{"steps", {step("http", "passed", 200)}}}, 1);
    BOOST_TEST((advice({patient, answers}) == Action::app));
    BOOST_TEST((advice({health({probe("http", "good"), probe("sql", "wrong")})}) == Action::db));
    BOOST_TEST((advice({health({probe("http", "wrong"), probe("sql", "wrong")})}) == Action::full));
}

BOOST_AUTO_TEST_CASE(a_smoke_suite_tells_requests_from_data) {
    auto const smoke = [](json::Value steps) {
        return found("smoke-http", "smoke-http.json", {{"steps", std::move(steps)}});
    };
    BOOST_TEST((advice({smoke({step("http", "passed", 200)})}) == Action::none));
    BOOST_TEST(
        (advice({smoke({step("http", "failed", 500), step("http", "passed", 200)})}) ==
         Action::consider_app));
    BOOST_TEST(
        (advice({smoke({step("http", "failed", nullptr), step("http", "skipped", nullptr)})}) ==
         Action::consider_app));
    BOOST_TEST(
        (advice({smoke({step("http", "failed", nullptr), step("http", "failed", nullptr)})}) ==
         Action::full));
    BOOST_TEST(
        (advice({smoke({step("http", "passed", 200), step("sql", "failed", nullptr)})}) ==
         Action::db));
}

BOOST_AUTO_TEST_CASE(a_migration_that_was_rolled_back_whole_leaves_nothing_to_undo) {
    auto const applied = [](std::string const& status) {
        return found(
            "migrate-apply",
            "migrate-apply.json",
            {{"migrations", {{{"id", "1"}, {"status", status}}}}});
    };
    BOOST_TEST((advice({applied("applied")}) == Action::none));
    BOOST_TEST((advice({applied("rolled_back")}) == Action::none));
    BOOST_TEST((advice({applied("failed")}) == Action::db));
}

BOOST_AUTO_TEST_CASE(failed_tests_and_commands_of_the_deployment_speak_against_the_application) {
    auto const ended = [](std::string const& tool, record::Status status) {
        auto out = found(tool, tool + ".json", {{"exit_code", 1}});
        out.record.command = tool == "deploy-run" ? "step" : "run";
        out.record.status = status;
        return out;
    };
    for (std::string const tool : {"test-run", "deploy-run"}) {
        BOOST_TEST((advice({ended(tool, record::Status::passed)}) == Action::none));
        BOOST_TEST((advice({ended(tool, record::Status::failed)}) == Action::consider_app));
        BOOST_TEST((advice({ended(tool, record::Status::error)}) == Action::consider_app));
    }
    auto pipeline = ended("deploy-run", record::Status::failed);
    pipeline.record.command = "run"; // its failure is that of one of the others
    BOOST_TEST(read_evidence({pipeline}, "").used.empty());
}

BOOST_AUTO_TEST_CASE(what_tools_verify_of_their_own_work_are_checks_of_the_data) {
    auto const verified = [](std::string const& tool, std::string const& check) {
        auto out = found(
            tool,
            tool + ".json",
            {{"verify", json::Value::object()}, {"migrations", json::Value::array()}});
        out.record.command = "verify";
        record::Check failed;
        failed.id = check;
        failed.status = record::CheckStatus::failed;
        out.record.checks = {failed};
        return out;
    };
    BOOST_TEST((advice({verified("links-migrate", "verify.missing")}) == Action::db));
    BOOST_TEST((advice({verified("links-migrate", "verify.order")}) == Action::none));
    BOOST_TEST((advice({verified("migrate-apply", "assert.2_check.sql")}) == Action::db));
    BOOST_TEST((advice({verified("migrate-apply", "after.indexes_valid")}) == Action::plan_fix));
    auto migrated = verified("links-migrate", "verify.missing");
    migrated.record.command = "run";
    BOOST_TEST(read_evidence({migrated}, "").used.empty());
}

BOOST_AUTO_TEST_CASE(damage_that_the_server_has_found_speaks_in_any_tools_record) {
    auto const failed = [](std::string const& sqlstate) {
        auto out = found("db-backup", "db-backup.json", json::Value::object());
        out.record.command = "create";
        out.record.error = Error{ErrorKind::failed, "invalid page"}.with_sqlstate(sqlstate);
        return out;
    };
    BOOST_TEST((advice({failed("XX001")}) == Action::full));
    BOOST_TEST((advice({failed("XX002")}) == Action::full));
    BOOST_TEST(read_evidence({failed("42501")}, "").used.empty());
}

BOOST_AUTO_TEST_CASE(what_rollback_detects_is_evidence_and_what_it_decides_is_not) {
    auto const told = [](std::string const& verb) {
        verdict::Evidence const evidence{{verdict::Signal::invalid_indexes, 1, {}, "a.b"}};
        auto out = found(
            "rollback",
            "rollback.json",
            {{"recommendation", verdict::to_json(verdict::decide(evidence))}});
        out.record.command = verb;
        return out;
    };
    BOOST_TEST((advice({told("detect")}) == Action::plan_fix));
    BOOST_TEST(read_evidence({told("decide")}, "").used.empty());
}

BOOST_AUTO_TEST_CASE(the_facts_of_a_monitor_are_taken_with_their_samples) {
    auto const watched = [](int samples) {
        verdict::Evidence const evidence{{verdict::Signal::error_rate, 12.0, samples, "/health"}};
        return found(
            "monitor",
            "monitor.json",
            {{"recommendation", verdict::to_json(verdict::decide(evidence))}});
    };
    BOOST_TEST((advice({watched(200)}) == Action::full));
    BOOST_TEST((advice({watched(5)}) == Action::watch));
    auto const records = std::vector{watched(200)};
    BOOST_TEST(read_evidence(records, "").evidence.at(0).source == "monitor.json: /health");
}

BOOST_AUTO_TEST_CASE(records_of_earlier_runs_other_environments_and_dead_runs_are_no_evidence) {
    json::Value const bad{{"probes", {probe("http", "wrong")}}};
    json::Value const good{{"probes", {probe("http", "good")}}};
    auto killed = found("health-check", "killed.json", bad, 4, "2");
    killed.record.status = record::Status::running;
    auto dry = found("migrate-apply", "dry.json", {{"migrations", json::Value::array()}}, 4, "2");
    dry.record.dry_run = true;
    auto elsewhere = found("health-check", "elsewhere.json", bad, 5, "3");
    elsewhere.record.run.environment = "test";
    std::vector<record::Found> const all{
        found("health-check", "health-check.json", bad, 0, "1"),
        found("health-check", "health-check.json", bad, 1, "2"),
        found("health-check", "health-check.json", good, 2, "2"),
        found("health-check", "nothing.json", json::Value::object(), 3, "2"),
        killed,
        dry,
        elsewhere,
        found("report-render", "report.json", json::Value::object(), 6, "2")};
    auto const reading = read_evidence(all, "staging");
    BOOST_TEST_REQUIRE(reading.used.size() == 1U);
    BOOST_TEST(reading.used[0] == &all[2]);
    BOOST_TEST((verdict::decide(reading.evidence).action == Action::none));
    BOOST_TEST(reading.ignored.size() == 5U);
    BOOST_TEST((verdict::decide(read_evidence({}, "").evidence).decided == false));
}

BOOST_AUTO_TEST_SUITE_END()
