// SPDX-License-Identifier: Apache-2.0
#include "record/record.hpp"
#include "record/write.hpp"
#include "support/record_schema.hpp"
#include "support/sample_record.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(record_status)

using namespace slipway;
using record::CheckStatus;
using record::OnUndecided;
using record::Severity;
using record::Status;

BOOST_AUTO_TEST_CASE(every_status_has_the_exit_code_of_the_design_and_no_other_is_valid) {
    struct Row {
        Status status;
        std::optional<ErrorKind> error;
        std::optional<int> code; // none: null, the run goes on
    };
    // The first paragraph of section 4, with the error kinds that lead there.
    Row const table[] = {
        {Status::running, {}, {}},
        {Status::passed, {}, 0},
        {Status::warned, {}, 0},
        {Status::skipped, {}, 0},
        {Status::failed, {}, 1},
        {Status::failed, ErrorKind::failed, 1},
        {Status::error, ErrorKind::usage, 2},
        {Status::error, ErrorKind::unavailable, 3},
        {Status::error, ErrorKind::timeout, 5},
        {Status::error, ErrorKind::internal, 70},
        {Status::refused, {}, 4},
        {Status::refused, ErrorKind::refused, 4},
        {Status::in_doubt, ErrorKind::in_doubt, 6},
        {Status::undecided, {}, 7},
        {Status::undecided, ErrorKind::undecided, 7},
        {Status::aborted, ErrorKind::interrupted, 130},
        {Status::aborted, ErrorKind::terminated, 143},
    };
    for (auto const& row : table) {
        BOOST_TEST_CONTEXT(record::name(row.status) << " " << row.code.value_or(-1)) {
            auto sample = support::sample_record();
            sample.status = row.status;
            if (row.error) {
                sample.error = Error{*row.error, "told so"};
                BOOST_TEST((record::status_of(*row.error) == row.status));
            }
            if (row.code) {
                BOOST_TEST(record::exit_code(row.status, sample.error) == *row.code);
            } else {
                sample.finished_at.reset();
            }
            sample.exit_code = row.code;
            auto document = record::to_json(sample, {});
            BOOST_CHECK_NO_THROW(support::require_valid_record(document));
            for (int const other : {0, 1, 2, 3, 4, 5, 6, 7, 8, 70, 130, 137, 143}) {
                document["exit_code"] = other;
                bool const right =
                    other == row.code ||
                    (row.status == Status::error &&
                     (other == 2 || other == 3 || other == 5 || other == 70)) ||
                    (row.status == Status::aborted && (other == 130 || other == 143));
                BOOST_TEST(support::schema_violations("record-1", document).empty() == right);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(words_are_read_back_as_what_they_name) {
    for (auto const status :
         {Status::running,
          Status::passed,
          Status::warned,
          Status::skipped,
          Status::failed,
          Status::error,
          Status::refused,
          Status::in_doubt,
          Status::undecided,
          Status::aborted}) {
        BOOST_TEST((record::status_from(record::name(status)) == status));
    }
    for (auto const status :
         {CheckStatus::passed,
          CheckStatus::warned,
          CheckStatus::failed,
          CheckStatus::skipped,
          CheckStatus::undecided}) {
        BOOST_TEST((record::check_status_from(record::name(status)) == status));
    }
    for (auto const severity :
         {Severity::info, Severity::minor, Severity::major, Severity::critical}) {
        BOOST_TEST((record::severity_from(record::name(severity)) == severity));
    }
    BOOST_TEST(!record::status_from("success").has_value());
    BOOST_TEST(!record::check_status_from("error").has_value());
    BOOST_TEST(!record::severity_from("").has_value());
}

BOOST_AUTO_TEST_CASE(the_status_follows_from_the_checks_and_the_policy) {
    using Checks = std::vector<std::pair<CheckStatus, Severity>>;
    struct Row {
        std::string_view name;
        Checks checks;
        Status lenient;
        Status strict;
    };
    auto const same = [](std::string_view name, Checks checks, Status status) {
        return Row{name, std::move(checks), status, status};
    };
    auto const major = Severity::major;
    for (auto const& row :
         {same("none", {}, Status::passed),
          same("passed", {{CheckStatus::passed, major}}, Status::passed),
          same("critical", {{CheckStatus::failed, Severity::critical}}, Status::failed),
          same("major", {{CheckStatus::failed, major}}, Status::failed),
          same("minor", {{CheckStatus::failed, Severity::minor}}, Status::warned),
          same("info", {{CheckStatus::failed, Severity::info}}, Status::warned),
          same("warned", {{CheckStatus::warned, Severity::critical}}, Status::warned),
          same("skipped", {{CheckStatus::skipped, major}}, Status::skipped),
          same(
              "some skipped",
              {{CheckStatus::skipped, major}, {CheckStatus::passed, major}},
              Status::passed),
          Row{"undecided", {{CheckStatus::undecided, major}}, Status::warned, Status::undecided},
          Row{"skipped and undecided",
              {{CheckStatus::skipped, major}, {CheckStatus::undecided, major}},
              Status::warned,
              Status::undecided},
          same(
              "failed counts before undecided",
              {{CheckStatus::undecided, major}, {CheckStatus::failed, major}},
              Status::failed),
          same(
              "failed counts before all",
              {{CheckStatus::warned, major},
               {CheckStatus::passed, major},
               {CheckStatus::failed, Severity::critical},
               {CheckStatus::skipped, major}},
              Status::failed)}) {
        BOOST_TEST_CONTEXT(row.name) {
            std::vector<record::Check> checks;
            for (auto const& [status, severity] : row.checks) {
                record::Check check;
                check.status = status;
                check.severity = severity;
                checks.push_back(check);
            }
            BOOST_TEST((record::judge(checks, OnUndecided::pass) == row.lenient));
            BOOST_TEST((record::judge(checks, OnUndecided::fail) == row.strict));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
