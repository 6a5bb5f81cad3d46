// SPDX-License-Identifier: Apache-2.0
// What every tool inherits from the roof, tried with the sample tool as a real program.
#include "error/error.hpp"
#include "json/value.hpp"
#include "support/place.hpp"
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(cli_tool)

using namespace slipway;
using support::Environment;
using support::Place;
using support::Words;

BOOST_AUTO_TEST_CASE(every_outcome_has_its_exit_code_its_status_and_a_valid_record) {
    struct Row {
        Words arguments;
        int code;
        record::Status status;
    };
    using record::Status;
    for (auto const& row :
         {Row{{}, 0, Status::passed},
          Row{{"--outcome", "warn"}, 0, Status::warned},
          Row{{"--outcome", "minor"}, 0, Status::warned},
          Row{{"--outcome", "skip"}, 0, Status::skipped},
          Row{{"--outcome", "fail"}, 1, Status::failed},
          Row{{"--outcome", "undecided"}, 0, Status::warned},
          Row{{"--outcome", "undecided", "--environment", "test"}, 0, Status::warned},
          Row{{"--outcome", "undecided", "--environment", "production"}, 7, Status::undecided},
          Row{{"--outcome", "undecided", "--on-undecided", "fail"}, 7, Status::undecided},
          Row{{"--error", "failed"}, 1, Status::failed},
          Row{{"--error", "usage"}, 2, Status::error},
          Row{{"--error", "unavailable"}, 3, Status::error},
          Row{{"--error", "refused"}, 4, Status::refused},
          Row{{"--error", "timeout"}, 5, Status::error},
          Row{{"--error", "in_doubt"}, 6, Status::in_doubt},
          Row{{"--error", "undecided"}, 7, Status::undecided},
          Row{{"--error", "internal"}, 70, Status::error},
          Row{{"--error", "interrupted"}, 130, Status::aborted},
          Row{{"--error", "terminated"}, 143, Status::aborted},
          Row{{"--error", "exception"}, 70, Status::error},
          Row{{"--error", "number"}, 70, Status::error},
          Row{{"--error", "memory"}, 3, Status::error},
          Row{{"--confirm"}, 4, Status::refused},
          Row{{"--confirm", "--yes"}, 0, Status::passed}}) {
        BOOST_TEST_CONTEXT(text::join(row.arguments, " ")) {
            Place const place;
            auto const outcome = place.run(row.arguments);
            BOOST_TEST(outcome.exit_code == row.code);
            auto const record = place.record();
            BOOST_TEST((record.status == row.status));
            BOOST_TEST(record.exit_code.value_or(-1) == row.code);
            BOOST_TEST(record.command == "work");
            std::string const line = "sample-tool: " + std::string{record::name(row.status)} + ": ";
            BOOST_TEST(outcome.output.starts_with(line));
            BOOST_TEST(text::lines(outcome.output).size() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_error_is_told_with_its_place_and_hint_and_kept_in_the_record) {
    Place const place;
    auto const outcome = place.run({"--error", "refused"});
    BOOST_TEST(
        outcome.error_tail.find("sample.sql:3:7: sample-tool: told to fail as refused") !=
        std::string::npos);
    BOOST_TEST(outcome.error_tail.find("Do not tell it so.") != std::string::npos);
    auto const error = place.record().error.value();
    BOOST_TEST((error.kind() == ErrorKind::refused));
    BOOST_TEST(error.sqlstate() == "XX000");
    BOOST_TEST(error.where().text() == "sample.sql:3:7");
}

BOOST_AUTO_TEST_CASE(json_prints_the_record_and_nothing_else) {
    Place const place;
    auto const outcome = place.run({"--json", "--outcome", "fail"});
    BOOST_TEST(outcome.exit_code == 1);
    support::require_valid_record(json::parse(outcome.output, "stdout"));
    BOOST_TEST(outcome.output == fs::read_file(place.record_path()));
}

BOOST_AUTO_TEST_CASE(a_configuration_gives_values_and_is_told_with_its_line) {
    Place const place;
    fs::write_atomic(
        place.path("c.json"),
        R"({"environment": "staging", "sample-tool": {"say": "configured", "note": ["a", "b"]}})");
    for (Environment const& environment :
         {Environment{{"SLIPWAY_CONFIG", "c.json"}},
          Environment{{"SLIPWAY_SAMPLE_TOOL_CONFIG", "c.json"}}}) {
        BOOST_TEST(place.run({}, environment).exit_code == 0);
        BOOST_TEST(place.record().summary == "configured");
        BOOST_TEST(place.record().run.environment == "staging");
    }
    fs::write_atomic(place.path("c.json"), "{\n nope");
    auto const outcome = place.run({"--config", "c.json"});
    BOOST_TEST(outcome.exit_code == 2);
    BOOST_TEST(outcome.error_tail.find("c.json:2:3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(help_version_and_describe_do_nothing_else) {
    Place const place;
    auto const help = place.run({"--help"});
    BOOST_TEST(help.exit_code == 0);
    BOOST_TEST(help.output.starts_with("sample-tool: does as it is told\n"));
    BOOST_TEST(place.run({"--version"}).output.starts_with("sample-tool 0."));
    auto const table = json::parse(place.run({"--describe"}).output, "stdout");
    BOOST_TEST(support::schema_violations("describe-1", table).empty());
    BOOST_TEST(!std::filesystem::exists(place.path("slipway-out")));
}

BOOST_AUTO_TEST_CASE(a_reader_who_has_gone_does_not_change_the_outcome) {
    Place const place;
    auto command = place.command({});
    command.program = "sh";
    command.arguments = {"-c", "{ " SLIPWAY_BUILD_DIR "/tests/sample-tool; echo $? > code; } | :"};
    proc::run(command, {});
    BOOST_TEST(fs::read_file(place.path("code")) == "0\n");
    BOOST_TEST((place.record().status == record::Status::passed));
}

BOOST_AUTO_TEST_SUITE_END()
