// SPDX-License-Identifier: Apache-2.0
// What every tool inherits from the roof, tried with the sample tool as a real program.
#include "error/error.hpp"
#include "json/value.hpp"
#include "support/place.hpp"
#include "text/join.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(cli_tool_record)

using namespace slipway;
using support::Environment;
using support::Place;
using support::Words;

BOOST_AUTO_TEST_CASE(an_output_that_cannot_be_written_is_told_before_any_work) {
    Place const place;
    fs::write_atomic(place.path("file"), "x");
    fs::make_folder(place.path("folder"));
    fs::write_atomic(place.path("folder/kept"), "x");
    std::string const marker = place.path("here").string();
    for (std::string const output : {"file/a.json", "folder", "/dev/null", "/proc/a.json"}) {
        BOOST_TEST_CONTEXT(output) {
            auto const outcome = place.run({"--marker", marker, "--output", output});
            BOOST_TEST(outcome.exit_code == 2);
            BOOST_TEST(!std::filesystem::exists(marker));
            BOOST_TEST(outcome.error_tail.starts_with("sample-tool: cannot "));
        }
    }
    BOOST_TEST(fs::read_file(place.path("file")) == "x");
    BOOST_TEST(fs::read_file(place.path("folder/kept")) == "x");
    BOOST_TEST(std::filesystem::is_character_file("/dev/null"));
}

BOOST_AUTO_TEST_CASE(a_usage_error_leaves_a_record_where_the_next_step_looks) {
    struct Row {
        Words arguments;
        Environment environment;
    };
    for (auto const& row :
         {Row{{"--output", "a/b.json", "--bogus"}, {}},
          Row{{"--bogus", "--output=a/b.json"}, {}},
          Row{{"--output", "a/b.json", "--limit", "3"}, {}},
          Row{{"--problems", "many", "--output", "a/b.json"}, {}},
          Row{{"--problems", "many"}, {{"SLIPWAY_SAMPLE_TOOL_OUTPUT", "a/b.json"}}}}) {
        Place const place;
        place.run({"--output", "a/b.json"}); // an earlier run, which passed
        auto const outcome = place.run(row.arguments, row.environment);
        BOOST_TEST(outcome.exit_code == 2);
        BOOST_TEST(outcome.output == "");
        auto const record = place.record(place.path("a/b.json"));
        BOOST_TEST((record.status == record::Status::error));
        BOOST_TEST((record.error.value().kind() == ErrorKind::usage));
        BOOST_TEST(place.files("a").size() == 3U); // with the older one and run.json
    }
}

BOOST_AUTO_TEST_CASE(an_older_record_is_kept_beside_the_new_one) {
    Place const place;
    place.run({"--say", "first"});
    place.run({"--say", "second"});
    place.run({"--say", "third"});
    BOOST_TEST(place.record().summary == "third");
    Words found;
    for (auto const& each : record::collect({place.path("slipway-out")})) {
        support::require_valid_record(each.path);
        found.push_back(each.record.summary);
    }
    BOOST_TEST(text::join(found, " ") == "first second third");
}

BOOST_AUTO_TEST_CASE(verb_and_dry_run_give_the_record_its_name) {
    Place const place;
    place.run({"list", "--limit", "3"});
    place.run({"--dry-run"});
    place.run({}, {{"SLIPWAY_DIR", "elsewhere"}});
    BOOST_TEST(
        place.files() ==
            (Words{"run.json", "sample-tool-list.json", "sample-tool-work-dry-run.json"}),
        boost::test_tools::per_element());
    BOOST_TEST(
        place.files("elsewhere") == (Words{"run.json", "sample-tool-work.json"}),
        boost::test_tools::per_element());
    BOOST_TEST(place.record(place.path("slipway-out/sample-tool-work-dry-run.json")).dry_run);
}

BOOST_AUTO_TEST_CASE(the_run_has_one_id_from_the_environment_or_kept_beside_the_records) {
    Place const place;
    place.run({}, {{"SLIPWAY_RUN_ID", "mine"}});
    BOOST_TEST(place.record().run.id == "mine");
    BOOST_TEST(!std::filesystem::exists(place.path("slipway-out/run.json")));
    place.run({});
    std::string const kept = place.record().run.id;
    place.run({"--outcome", "fail"});
    BOOST_TEST(place.record().run.id == kept);
    BOOST_TEST(
        json::text_at(
            json::parse(fs::read_file(place.path("slipway-out/run.json")), "run"), "id") == kept);
}

BOOST_AUTO_TEST_CASE(inputs_that_were_relied_on_are_pinned) {
    Place const place;
    place.run({"--output", "in/a.json"});
    auto const outcome = place.run({"--input", "in", "--rely", "--output", "out/b.json"});
    BOOST_TEST(outcome.exit_code == 0);
    auto const inputs = place.record(place.path("out/b.json")).inputs;
    BOOST_REQUIRE(inputs.size() == 1U);
    BOOST_TEST(inputs.front().path == "../in/a.json");
    BOOST_TEST(inputs.front().sha256 == record::read(place.path("in/a.json")).sha256);
    BOOST_TEST(place.run({"--input", "absent", "--rely"}).exit_code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
