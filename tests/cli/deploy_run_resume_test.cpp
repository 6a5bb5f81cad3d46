// SPDX-License-Identifier: Apache-2.0
#include "support/deploy_run_site.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(deploy_run_resume)

using namespace slipway;
using support::at;
using support::DeploySite;
using support::has;
using support::lines_of;
using support::three_steps;

BOOST_AUTO_TEST_CASE(resume_goes_on_and_repeats_nothing_that_passed) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 1);
    site.write("ok", "");
    auto const ran = site.run({"p.yaml", "--resume"});
    BOOST_TEST(ran.exit_code == 0);
    BOOST_TEST(lines_of(site.read("one.count")) == 1U);
    BOOST_TEST(lines_of(site.read("two.count")) == 2U);
    BOOST_TEST(lines_of(site.read("three.count")) == 1U);
    auto const record = site.record();
    BOOST_TEST(at(record, "/data/steps/0/reused") == "true");
    BOOST_TEST(at(record, "/data/steps/1/again_because") == "it ended failed before");
    BOOST_TEST(at(record, "/data/steps/2/again_because") == "null");
    BOOST_TEST(has(at(record, "/data/resumed_from"), "deploy-run-run."));
    BOOST_TEST(record.at("inputs").size() == 4U);
    // A resumed run is itself a run to go on from.
    BOOST_TEST(site.run({"p.yaml", "--resume"}).exit_code == 0);
    BOOST_TEST(lines_of(site.read("one.count")) == 1U);
    BOOST_TEST(lines_of(site.read("two.count")) == 2U);
}

BOOST_AUTO_TEST_CASE(a_record_that_was_edited_is_not_trusted) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 1);
    site.write("ok", "");
    site.write(
        "slipway-out/deploy-run-run.d/1-one.json",
        site.read("slipway-out/deploy-run-run.d/1-one.json") + " ");
    auto const ran = site.run({"p.yaml", "--resume"});
    BOOST_TEST(ran.exit_code == 0);
    BOOST_TEST(lines_of(site.read("one.count")) == 2U);
    BOOST_TEST(has(ran.error_tail, "[1/4] one runs again: its record was changed"));
    BOOST_TEST(at(site.record(), "/data/steps/0/again_because") == "its record was changed");
}

BOOST_AUTO_TEST_CASE(a_changed_file_repeats_only_the_steps_that_it_changes) {
    DeploySite const site;
    std::string text{three_steps};
    site.write("p.yaml", text);
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 1);
    text.replace(text.find("test -f ok"), 10, "true");
    site.write("p.yaml", text);
    auto ran = site.run({"p.yaml", "--resume"});
    BOOST_TEST(ran.exit_code == 0);
    BOOST_TEST(has(ran.error_tail, "the pipeline file was changed since"));
    BOOST_TEST(lines_of(site.read("one.count")) == 1U);
    text.replace(text.find("run: echo run >> one"), 20, "run: echo  run >> one");
    site.write("p.yaml", text);
    ran = site.run({"p.yaml", "--resume"});
    BOOST_TEST(lines_of(site.read("one.count")) == 2U);
    BOOST_TEST(lines_of(site.read("two.count")) == 3U);
    BOOST_TEST(lines_of(site.read("three.count")) == 1U);
    BOOST_TEST(has(ran.error_tail, "one runs again: its definition was changed"));
    BOOST_TEST(has(ran.error_tail, "two runs again: its input one runs again"));
}

BOOST_AUTO_TEST_CASE(without_resume_everything_runs_and_the_older_records_stay) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    site.write("ok", "");
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 0);
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 0);
    BOOST_TEST(lines_of(site.read("one.count")) == 2U);
    std::size_t records = 0;
    for (auto const& entry :
         std::filesystem::directory_iterator{site.path("slipway-out/deploy-run-run.d")}) {
        records += entry.path().filename().string().starts_with("1-one.") ? 1U : 0U;
    }
    BOOST_TEST(records == 2U);
}

BOOST_AUTO_TEST_CASE(another_run_id_is_another_deployment) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    BOOST_TEST(site.run({"p.yaml"}, {{"SLIPWAY_RUN_ID", "a"}}).exit_code == 1);
    BOOST_TEST(site.run({"p.yaml", "--resume"}, {{"SLIPWAY_RUN_ID", "b"}}).exit_code == 1);
    BOOST_TEST(lines_of(site.read("one.count")) == 2U);
}

BOOST_AUTO_TEST_CASE(another_environment_repeats_every_step) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 1);
    BOOST_TEST(site.run({"p.yaml", "--resume", "--environment", "test"}).exit_code == 1);
    BOOST_TEST(lines_of(site.read("one.count")) == 2U);
    BOOST_TEST(at(site.record(), "/run/environment") == "test");
}

BOOST_AUTO_TEST_CASE(from_uses_the_evidence_of_the_steps_before_it) {
    DeploySite const site;
    site.write("p.yaml", three_steps);
    // Its input has no record yet.
    BOOST_TEST(site.run({"p.yaml", "--from", "two"}).exit_code == 4);
    BOOST_TEST(site.read("two.count").empty());
    BOOST_TEST(has(at(site.record(), "/summary"), "the step one left no record that passed"));
    BOOST_TEST(site.run({"p.yaml"}).exit_code == 1);
    site.write("ok", "");
    BOOST_TEST(site.run({"p.yaml", "--from", "two"}).exit_code == 0);
    BOOST_TEST(lines_of(site.read("one.count")) == 1U);
    BOOST_TEST(site.steps() == "one=passed two=passed three=passed report=passed");
}

BOOST_AUTO_TEST_SUITE_END()
