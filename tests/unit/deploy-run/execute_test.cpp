// SPDX-License-Identifier: Apache-2.0
#include "execute.hpp"

#include <csignal>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(deploy_run_execute)

using namespace slipway;
using namespace slipway::deploy_run;

namespace {

step::Ended ended(int code, std::optional<record::Status> status) {
    step::Ended out;
    out.outcome.exit_code = code;
    if (status) {
        out.record.emplace();
        out.record->record.status = *status;
        out.record->record.summary = "the summary";
        out.record->sha256 = "sha";
    }
    return out;
}

proc::Outcome command(int code, std::string errors = {}) {
    proc::Outcome out;
    out.exit_code = code;
    out.error_tail = std::move(errors);
    return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_tool_is_good_where_exit_code_and_record_both_are) {
    for (auto const status :
         {record::Status::passed, record::Status::warned, record::Status::skipped}) {
        auto const result = judge_tool(ended(0, status));
        BOOST_TEST(!result.failure.has_value());
        BOOST_TEST((result.status == status));
        BOOST_TEST(result.summary == "the summary");
        BOOST_TEST(result.record.has_value());
    }
    BOOST_TEST(judge_tool(ended(0, record::Status::failed)).failure.has_value());
    auto const lying = judge_tool(ended(1, record::Status::passed));
    BOOST_TEST((lying.failure == ErrorKind::failed));
    BOOST_TEST((lying.status == record::Status::failed));
}

BOOST_AUTO_TEST_CASE(a_failing_tool_hands_on_its_kind_its_message_and_its_hint) {
    auto tool = ended(4, record::Status::refused);
    tool.record->record.error = Error{ErrorKind::refused, "no backup", "Make one."};
    auto const result = judge_tool(tool);
    BOOST_TEST((result.failure == ErrorKind::refused));
    BOOST_TEST((result.status == record::Status::refused));
    BOOST_TEST(result.exit_code.value() == 4);
    BOOST_TEST(result.summary == "no backup");
    BOOST_TEST(result.hint == "Make one.");
    auto const judged = judge_tool(ended(7, record::Status::undecided));
    BOOST_TEST((judged.failure == ErrorKind::undecided));
}

BOOST_AUTO_TEST_CASE(a_tool_without_a_record_is_no_success) {
    auto const silent = judge_tool(ended(0, std::nullopt));
    BOOST_TEST((silent.failure == ErrorKind::failed));
    BOOST_TEST(silent.summary.find("left no record") != std::string::npos);
    BOOST_TEST((judge_tool(ended(3, std::nullopt)).failure == ErrorKind::unavailable));
}

BOOST_AUTO_TEST_CASE(a_killed_tool_leaves_the_pipeline_in_doubt) {
    auto killed = ended(-1, record::Status::running);
    killed.outcome.signal = SIGKILL;
    auto const result = judge_tool(killed);
    BOOST_TEST((result.failure == ErrorKind::in_doubt));
    BOOST_TEST(!result.exit_code.has_value());
    BOOST_TEST(!result.record.has_value()); // an unfinished record is no evidence
    BOOST_TEST(result.summary.find("unfinished") != std::string::npos);
    BOOST_TEST((judge_tool(ended(0, record::Status::running)).failure == ErrorKind::failed));
}

BOOST_AUTO_TEST_CASE(the_codes_of_a_command_are_not_those_of_slipway) {
    BOOST_TEST(!judge_command(command(0)).failure.has_value());
    for (int const code : {1, 2, 4, 6, 7, 130}) {
        auto const result = judge_command(command(code, "first\nlast words\n\n"));
        BOOST_TEST((result.failure == ErrorKind::failed));
        BOOST_TEST(result.exit_code.value() == code);
        BOOST_TEST(result.summary == "exit code " + std::to_string(code) + ": last words");
    }
    BOOST_TEST((judge_command(command(127)).failure == ErrorKind::unavailable));
    auto late = command(-1);
    late.signal = SIGTERM;
    late.timed_out = true;
    BOOST_TEST((judge_command(late).failure == ErrorKind::timeout));
}

BOOST_AUTO_TEST_CASE(every_exit_code_of_the_table_has_its_kind) {
    for (auto const kind :
         {ErrorKind::failed,
          ErrorKind::usage,
          ErrorKind::unavailable,
          ErrorKind::refused,
          ErrorKind::timeout,
          ErrorKind::in_doubt,
          ErrorKind::undecided,
          ErrorKind::internal,
          ErrorKind::interrupted,
          ErrorKind::terminated}) {
        BOOST_TEST((kind_of_exit_code(exit_code(kind)) == kind));
    }
    BOOST_TEST((kind_of_exit_code(99) == ErrorKind::failed));
}

BOOST_AUTO_TEST_SUITE_END()
