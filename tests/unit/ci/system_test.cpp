// SPDX-License-Identifier: Apache-2.0
#include "ci/system.hpp"

#include "ci/environment.hpp"
#include "fs/temp_folder.hpp"
#include "support/forked.hpp"
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

BOOST_AUTO_TEST_SUITE(ci_system)

using namespace slipway;
using support::in_child_with;

namespace {
std::string facts() {
    auto const found = ci::detect();
    return fmt::format(
        "{}|{}|{}|{}|{}|{}|{}|{}",
        ci::name(found.system),
        found.run_id,
        found.attempt,
        found.job,
        found.commit,
        found.ref,
        found.url,
        found.actor);
}
} // namespace

BOOST_AUTO_TEST_CASE(github_actions_is_known_by_its_variables) {
    auto const ended = in_child_with(
        {{"CI", "true"},
         {"GITHUB_ACTIONS", "true"},
         {"GITHUB_RUN_ID", "1658821493"},
         {"GITHUB_RUN_ATTEMPT", "3"},
         {"GITHUB_JOB", "deploy"},
         {"GITHUB_SHA", "ffac537e"},
         {"GITHUB_REF", "refs/heads/main"},
         {"GITHUB_REPOSITORY", "acme/shop"},
         {"GITHUB_SERVER_URL", "https://git.acme.example"},
         {"GITHUB_ACTOR", "alice"},
         {"GITHUB_TRIGGERING_ACTOR", "bob"}},
        facts);
    BOOST_TEST(
        ended.answer == "github|1658821493|3|deploy|ffac537e|refs/heads/main|"
                        "https://git.acme.example/acme/shop/actions/runs/1658821493|bob");
}

BOOST_AUTO_TEST_CASE(a_runner_of_github_inside_codebuild_is_github) {
    auto const ended = in_child_with(
        {{"GITHUB_ACTIONS", "true"}, {"GITHUB_RUN_ID", "7"}, {"CODEBUILD_BUILD_ID", "p:1"}}, facts);
    BOOST_TEST(ended.answer == "github|7|1|||||");
}

BOOST_AUTO_TEST_CASE(codebuild_takes_the_widest_id_that_it_knows) {
    std::vector<std::pair<std::string, std::string>> environment{
        {"CODEBUILD_BUILD_ID", "project:build"},
        {"CODEBUILD_PROJECT", "project"},
        {"CODEBUILD_RESOLVED_SOURCE_VERSION", "abc123"},
        {"CODEBUILD_WEBHOOK_HEAD_REF", "refs/heads/main"},
        {"CODEBUILD_BUILD_URL", "https://console"},
        {"CODEBUILD_INITIATOR", "pipeline/x"}};
    std::string const rest = "|abc123|refs/heads/main|https://console|pipeline/x";
    BOOST_TEST(
        in_child_with(environment, facts).answer == "codebuild|project:build|1|project" + rest);
    environment.emplace_back("CODEBUILD_BATCH_BUILD_IDENTIFIER_ID", "batch");
    BOOST_TEST(in_child_with(environment, facts).answer == "codebuild|batch|1|project" + rest);
    environment.emplace_back("CODEPIPELINE_EXECUTION_ID", "pipeline");
    BOOST_TEST(in_child_with(environment, facts).answer == "codebuild|pipeline|1|project" + rest);
}

BOOST_AUTO_TEST_CASE(other_systems_and_none_are_told_apart) {
    BOOST_TEST(in_child_with({{"CI", "true"}}, facts).answer == "other||1|||||");
    BOOST_TEST(in_child_with({{"CI", "1"}}, facts).answer == "other||1|||||");
    BOOST_TEST(in_child_with({{"CI", "false"}}, facts).answer == "||1|||||");
    BOOST_TEST(in_child_with({}, facts).answer == "||1|||||");
    BOOST_TEST(in_child_with({{"GITHUB_ACTIONS", "false"}}, facts).answer == "||1|||||");
}

BOOST_AUTO_TEST_CASE(a_variable_that_is_empty_counts_as_unset) {
    auto const ended = in_child_with({{"A", ""}, {"B", "b"}, {"C", "c"}}, [] {
        return fmt::format(
            "{}{}{}{}",
            ci::variable("A").value_or("-"),
            ci::variable("Z").value_or("-"),
            ci::first_variable({"Z", "A", "C", "B"}).value_or("-"),
            ci::environment().size());
    });
    BOOST_TEST(ended.answer == "--c3");
}

BOOST_AUTO_TEST_CASE(every_field_of_an_annotation_is_escaped_as_github_reads_it) {
    BOOST_TEST(
        ci::annotation(ci::Level::error, {"a.sql", 3, 7}, "bad", "message") ==
        "::error file=a.sql,line=3,col=7,title=bad::message\n");
    BOOST_TEST(ci::annotation(ci::Level::notice, {}, "", "m") == "::notice::m\n");
    BOOST_TEST(
        ci::annotation(ci::Level::warning, {"a,b:c%.sql", 0, 0}, "t:1,2\n;", "100%\r\nx:y,z;") ==
        "::warning file=a%2Cb%3Ac%25.sql,title=t%3A1%2C2%0A;::100%25%0D%0Ax:y,z;\n");
}

BOOST_AUTO_TEST_CASE(no_text_can_begin_a_second_workflow_command) {
    std::string const hostile = "x\n::set-env name=A::b\r\n::stop-commands::t";
    for (auto const& text :
         {ci::annotation(ci::Level::error, {hostile, 1, 1}, hostile, hostile),
          ci::mask_command(hostile)}) {
        BOOST_TEST(text::lines(text).size() == 1U);
    }
    BOOST_TEST(ci::mask_command("a%b") == "::add-mask::a%25b\n");
}

BOOST_AUTO_TEST_CASE(a_hostile_value_cannot_forge_another_output) {
    fs::TempFolder const folder{"ci-test-"};
    fs::Path const file = folder.path() / "output";
    std::string const hostile = "x\nEOF\nslipway_\nforged=1\nforged<<E\n1\nE";
    in_child_with({{"GITHUB_OUTPUT", file.string()}}, [&]() -> std::string {
        ci::write_output("status", hostile);
        ci::write_output("next", "1");
        return {};
    });
    std::string const text = fs::read_file(file);
    // What the runner does: name<<delimiter, then everything up to a line that is the delimiter.
    auto const rows = text::lines(text);
    BOOST_REQUIRE(rows.front().starts_with("status<<"));
    std::string_view const delimiter = rows.front().substr(8);
    BOOST_TEST(delimiter.size() > 20U);
    BOOST_TEST(hostile.find(delimiter) == std::string::npos);
    auto const end = std::find(rows.begin() + 1, rows.end(), delimiter);
    BOOST_REQUIRE((end != rows.end() && end + 1 != rows.end()));
    std::vector<std::string> const value{rows.begin() + 1, end};
    BOOST_TEST(text::join(value, "\n") == hostile);
    BOOST_TEST((end + 1)->starts_with("next<<"));
    BOOST_TEST((end + 1)->substr(6) != delimiter);
}

BOOST_AUTO_TEST_CASE(outputs_and_summary_go_nowhere_where_nobody_asks_for_them) {
    fs::TempFolder const folder{"ci-test-"};
    fs::Path const file = folder.path() / "summary";
    auto const ended = in_child_with({}, []() -> std::string {
        ci::write_output("a", "b");
        ci::write_step_summary("# x\n");
        return "nothing";
    });
    BOOST_TEST(ended.answer == "nothing");
    in_child_with({{"GITHUB_STEP_SUMMARY", file.string()}}, []() -> std::string {
        ci::write_step_summary("# a\n");
        ci::write_step_summary("# b\n");
        return {};
    });
    BOOST_TEST(fs::read_file(file) == "# a\n# b\n");
}

BOOST_AUTO_TEST_SUITE_END()
