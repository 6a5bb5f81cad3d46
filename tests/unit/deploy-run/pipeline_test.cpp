// SPDX-License-Identifier: Apache-2.0
#include "pipeline.hpp"

#include "config/document.hpp"
#include "fs/temp_folder.hpp"
#include "json/schema.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(deploy_run_pipeline)

using namespace slipway;
using namespace slipway::deploy_run;

namespace {

std::optional<std::string> variable(std::string const& name) {
    return name == "HOST" ? std::optional<std::string>{"db.local"} : std::nullopt;
}

Pipeline read(std::string const& text) {
    fs::TempFolder const folder{"pipeline-"};
    fs::Path const file = folder.path() / "p.yaml";
    fs::write_atomic(file, text);
    return read_pipeline(file, variable);
}

// The error's line, message and hint; what is wrong in a pipeline is always a usage error.
struct Fault {
    std::int64_t line = 0;
    std::string words;
};

Fault fault_of(std::string const& text) {
    try {
        read(text);
    } catch (Error const& error) {
        BOOST_TEST((error.kind() == ErrorKind::usage));
        return {error.where().line, error.message() + " | " + error.hint()};
    }
    return {};
}

struct Case {
    std::string_view text;
    std::int64_t line;
    std::string_view words;
};

constexpr Case faults[] = {
    {"stepz: []\n", 1, "steps"},
    {"name: shop\n", 1, "steps"},
    {"steps: []\n", 1, "no step"},
    {"steps:\n  - run: x\n", 2, "id"},
    {"steps:\n  - id: a b\n    run: x\n", 2, "no id of a step"},
    {"steps:\n  - id: ../a\n    run: x\n", 2, "no id of a step"},
    {"steps:\n  - id: a\n    run: x\n  - id: a\n    run: y\n", 4, "already a step a"},
    {"steps:\n  - id: a\n", 2, "neither uses nor run"},
    {"steps:\n  - id: a\n    run: x\n    uses: y\n", 2, "both uses and run"},
    {"steps:\n  - id: a\n    run: x\n    with: { b: c }\n", 4, "belongs to a step with uses"},
    {"steps:\n  - id: a\n    run: x\n    command: y\n", 4, "belongs to a step with uses"},
    {"steps:\n  - id: a\n    run: ' '\n", 3, "the command is empty"},
    {"steps:\n  - id: a\n    uses: ../../bin/sh\n", 3, "no name of a tool"},
    {"steps:\n  - id: a\n    run: x\n    time_out: 3\n", 4, "timeout"},
    {"steps:\n  - id: a\n    run: x\n    timeout: soon\n", 4, "timeout"},
    {"steps:\n  - id: a\n    run: x\n    always: maybe\n", 4, "always"},
    {"steps:\n  - id: a\n    run: x\n    on_failure: rollback\n",
     4,
     "no step for the rollback stands behind this one"},
    {"steps:\n  - id: a\n    run: x\n    rollback: true\n    always: true\n",
     4,
     "either for a rollback or always run"},
    {"steps:\n  - id: a\n    run: x\n    on_failure: ignore\n", 4, "stop, continue and rollback"},
    {"steps:\n  - id: a\n    run: x\n    inputs: [b]\n", 4, "no step before this one has the id b"},
    {"steps:\n  - id: backup\n    run: x\n  - id: b\n    run: x\n    inputs: [bakup]\n",
     6,
     "Did you mean backup?"},
    {"steps:\n  - id: a\n    run: x\n    inputs: [a]\n", 4, "no step before this one"},
    {"env:\n  A: ${NO_SUCH}\nsteps:\n  - id: a\n    run: x\n", 2, "NO_SUCH"},
    {"steps:\n  - id: a\n    uses: t\n    with:\n      b: ${NO_SUCH}\n", 5, "NO_SUCH"},
    {"steps:\n  - id: a\n    uses: t\n    with:\n      b:\n", 5, "no value"},
};

} // namespace

BOOST_AUTO_TEST_CASE(every_fault_of_a_pipeline_is_told_with_its_line) {
    for (auto const& one : faults) {
        auto const fault = fault_of(std::string{one.text});
        BOOST_TEST_CONTEXT(one.text << "=> " << fault.words) {
            BOOST_TEST(fault.line == one.line);
            BOOST_TEST(fault.words.find(one.words) != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_step_has_its_words_its_variables_and_its_inputs) {
    auto const pipeline = read(R"(name: shop
environment: staging
env: { HOST_URL: "pg://${HOST}/", MODE: "${MODE:-slow}" }
steps:
  - id: backup
    uses: db-backup
    command: create
    with: { keep: 5, to: "./b/${HOST}", table: [a, b], verify: true }
  - id: deploy
    run: ./deploy.sh ${NOT_OURS}
    env: { MODE: fast, TARGET: "${HOST_URL}shop" }
    inputs: backup
    timeout: 5m
    on_failure: continue
  - id: report
    uses: report-render
    always: true
    inputs: all
)");
    BOOST_TEST(pipeline.name == "shop");
    BOOST_TEST(pipeline.environment == "staging");
    BOOST_REQUIRE(pipeline.steps.size() == 3U);
    auto const& backup = pipeline.steps[0];
    BOOST_TEST(backup.command == "create");
    BOOST_REQUIRE(backup.with.size() == 4U);
    BOOST_TEST(backup.with[0].values.front() == "5");
    BOOST_TEST(backup.with[1].values.front() == "./b/db.local");
    BOOST_TEST(backup.with[1].from_variable);
    BOOST_TEST(backup.with[2].list);
    BOOST_TEST(backup.with[2].values.size() == 2U);
    BOOST_TEST((backup.with[3].flag == true));
    auto const& deploy = pipeline.steps[1];
    BOOST_TEST(deploy.run == "./deploy.sh ${NOT_OURS}"); // the shell's own
    Variables const expected{
        {"HOST_URL", "pg://db.local/"}, {"MODE", "fast"}, {"TARGET", "pg://db.local/shop"}};
    BOOST_TEST((deploy.environment == expected));
    BOOST_TEST((deploy.inputs == std::vector<std::string>{"backup"}));
    BOOST_TEST(deploy.timeout.count() == 300'000);
    BOOST_TEST((deploy.on_failure == OnFailure::go_on));
    BOOST_TEST(deploy.needs_records);
    auto const& report = pipeline.steps[2];
    BOOST_TEST((report.inputs == std::vector<std::string>{"backup", "deploy"}));
    BOOST_TEST(report.always);
    BOOST_TEST(!report.needs_records);
}

BOOST_AUTO_TEST_CASE(a_pipeline_without_a_name_is_named_after_its_file) {
    BOOST_TEST(read("steps: [{ id: a, run: x }]\n").name == "p");
    BOOST_TEST(read(R"({"name": "json", "steps": [{"id": "a", "run": "x"}]})").name == "json");
}

BOOST_AUTO_TEST_CASE(an_unknown_step_is_told_with_the_nearest) {
    auto const pipeline = read("steps:\n  - id: migrate\n    run: x\n");
    BOOST_TEST(position_of(pipeline, "migrate", "--from") == 0U);
    try {
        position_of(pipeline, "migrat", "--from");
        BOOST_FAIL("no error");
    } catch (Error const& error) {
        BOOST_TEST((error.kind() == ErrorKind::usage));
        BOOST_TEST(
            error.message().find("--from names the unknown step migrat") != std::string::npos);
        BOOST_TEST(error.hint() == "Did you mean migrate?");
        BOOST_TEST(error.where().line == 2);
    }
}

BOOST_AUTO_TEST_CASE(the_schema_accepts_what_is_read_and_refuses_what_is_not) {
    fs::Path const file = fs::Path{SLIPWAY_SOURCE_DIR} / "docs/schema/pipeline-1.json";
    json::Schema const schema{json::parse(fs::read_file(file), "pipeline-1"), "pipeline-1"};
    auto const faults_in = [&](std::string_view text) {
        return schema.check(config::parse_yaml(text, "p.yaml").value()).size();
    };
    BOOST_TEST(
        faults_in("env: { A: 1 }\nsteps:\n  - { id: a, uses: t, command: c, with: { k: [a, 1] } }\n"
                  "  - { id: b, run: x, inputs: all, always: true, timeout: 5m }\n") == 0U);
    BOOST_TEST(faults_in("steps: []\n") > 0U);
    BOOST_TEST(faults_in("steps: [{ id: a }]\n") > 0U);
    BOOST_TEST(faults_in("steps: [{ id: a, run: x, with: { b: c } }]\n") > 0U);
    BOOST_TEST(
        faults_in("steps: [{ id: a, run: x, on_failure: rollback },"
                  " { id: b, run: y, rollback: true }]\n") == 0U);
    BOOST_TEST(faults_in("steps: [{ id: a, run: x, on_failure: ignore }]\n") > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
