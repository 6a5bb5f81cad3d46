// SPDX-License-Identifier: Apache-2.0
// What every tool inherits from the roof, tried with the sample tool as a real program.
#include "json/value.hpp"
#include "support/place.hpp"
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(cli_tool_telling)

using namespace slipway;
using support::Environment;
using support::Place;
using support::Words;

BOOST_AUTO_TEST_CASE(github_gets_outputs_annotations_and_masks) {
    Place const place;
    auto const outcome = place.run(
        {"--problems", "12", "--outcome", "fail", "--say", "two\nlines"},
        {{"GITHUB_ACTIONS", "true"},
         {"GITHUB_RUN_ID", "77"},
         {"GITHUB_OUTPUT", place.path("outputs").string()},
         {"SAMPLE_TOKEN", "hunter22"}});
    BOOST_TEST(outcome.exit_code == 1);
    BOOST_TEST(outcome.error_tail.starts_with("::add-mask::hunter22\n"));
    std::size_t annotations = 0;
    for (auto const line : text::lines(outcome.error_tail)) {
        annotations += line.starts_with("::error ") ? 1U : 0U;
    }
    BOOST_TEST(annotations == 10U);
    std::string const outputs = fs::read_file(place.path("outputs"));
    for (std::string_view const name : {"status<<", "exit-code<<", "record<<", "summary<<"}) {
        BOOST_TEST(outputs.find(name) != std::string::npos);
    }
    BOOST_TEST(outputs.find("\nfailed\n") != std::string::npos);
    BOOST_TEST(outputs.find("two\\nlines") != std::string::npos);
    BOOST_TEST(place.record().run.id == "77");
    BOOST_TEST(place.record().run.ci == "github");
}

BOOST_AUTO_TEST_CASE(a_secret_is_nowhere_however_it_was_given) {
    std::string const secret = "pa ss/w\"or\\d&+%1";
    struct Row {
        Words arguments;
        Environment environment;
    };
    for (auto const& row :
         {Row{{"--token", "@token"}, {}},
          Row{{"--token=" + secret}, {}},
          Row{{}, {{"SAMPLE_TOKEN", secret}}},
          Row{{}, {{"SLIPWAY_SAMPLE_TOOL_TOKEN", secret}}}}) {
        for (std::string const format : {"human", "json", "github"}) {
            Place const place;
            fs::write_atomic(place.path("token"), secret + "\n");
            auto arguments = row.arguments;
            arguments.insert(
                arguments.end(), {"--reveal", "--json", "--log-format", format, "--note", "x"});
            auto environment = row.environment;
            environment.emplace_back("GITHUB_OUTPUT", place.path("outputs").string());
            auto const outcome = place.run(arguments, environment);
            support::require_valid_record(place.record_path());
            for (std::string const& text :
                 {outcome.output,
                  outcome.error_tail,
                  fs::read_file(place.record_path()),
                  fs::read_file(place.path("outputs"))}) {
                BOOST_TEST(text.find("pa ss") == std::string::npos);
                BOOST_TEST(text.find("w\"or") == std::string::npos);
                BOOST_TEST(text.find("w\\\"or") == std::string::npos);
                BOOST_TEST(text.find("***") != std::string::npos);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_literal_secret_is_refused_in_ci_and_not_repeated) {
    Place const place;
    auto const outcome = place.run({"--token", "hunter22"}, {{"CI", "true"}});
    BOOST_TEST(outcome.exit_code == 2);
    BOOST_TEST((outcome.output + outcome.error_tail).find("hunter22") == std::string::npos);
    for (auto const& file : place.files()) {
        BOOST_TEST(
            fs::read_file(place.path("slipway-out") / file).find("hunter22") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(the_log_is_written_as_asked) {
    Place const place;
    auto const json = place.run({"--log-format", "json", "--note", "a\nb", "--error", "refused"});
    auto const rows = text::lines(json.error_tail);
    BOOST_TEST(rows.size() == 2U);
    for (auto const row : rows) {
        BOOST_TEST(!json::text_at(json::parse(row, "log"), "message").empty());
    }
    Place const colored;
    BOOST_TEST(
        colored.run({"--note", "a", "--color", "always"}).error_tail.find('\x1b') !=
        std::string::npos);
    for (auto const& environment : {Environment{}, Environment{{"NO_COLOR", "1"}}}) {
        BOOST_TEST(
            colored.run({"--note", "a"}, environment).error_tail.find('\x1b') == std::string::npos);
    }
    BOOST_TEST(colored.run({"--note", "a", "--log-level", "error"}).error_tail == "");
}

BOOST_AUTO_TEST_SUITE_END()
