// SPDX-License-Identifier: Apache-2.0
// test-run around real runners: npm and node of the sample application, CTest and Boost.Test.
#include "fs/temp_folder.hpp"
#include "support/run_tool.hpp"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(test_run_chain)

using namespace slipway;

namespace {

std::string const reporters = "--test-reporter=spec --test-reporter-destination=stdout "
                              "--test-reporter=junit --test-reporter-destination=";

} // namespace

BOOST_AUTO_TEST_CASE(the_sample_applications_own_tests_are_run_and_counted) {
    fs::TempFolder const folder{"slipway-npm-"};
    std::string const report = (folder.path() / "junit.xml").string();
    auto const run = support::run_tool(
        "test-run",
        {"--report",
         report,
         "--timeout",
         "150s",
         "--",
         "npm",
         "--prefix",
         SLIPWAY_SOURCE_DIR "/tests/support/sample-app",
         "test",
         "--silent"},
        {{"NODE_OPTIONS", reporters + report}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "passed");
    BOOST_TEST(std::stoi(run.at("/data/tests/passed")) > 40);
    BOOST_TEST(run.says("the process"));
}

BOOST_AUTO_TEST_CASE(a_red_test_of_npm_is_named_with_file_and_line) {
    fs::TempFolder const folder{"slipway-npm-"};
    std::string const report = (folder.path() / "junit.xml").string();
    fs::write_atomic(
        folder.path() / "package.json",
        R"({"name": "x", "version": "1.0.0", "scripts": {"test": "node --test cart.test.mjs"}})");
    fs::write_atomic(
        folder.path() / "cart.test.mjs",
        "import { describe, it } from 'node:test';\nimport assert from 'node:assert';\n"
        "describe('the cart', () => {\n  it('adds', () => {});\n"
        "  it('sums <up>', () => {\n    assert.equal(1, 2, 'one is not two');\n  });\n"
        "  it.skip('later', () => {});\n});\n");
    auto const run = support::run_tool(
        "test-run",
        {"--report", report, "--", "npm", "--prefix", folder.path().string(), "test"},
        {{"NODE_OPTIONS", reporters + report}});
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.says("1 of 2 tests passed, 1 skipped; failed: the cart › sums <up>"), run.all());
    BOOST_TEST(run.at("/checks/2/message") == "one is not two");
    BOOST_TEST(run.at("/checks/2/where/line") == "6", run.all());
}

BOOST_AUTO_TEST_CASE(boost_test_and_ctest_are_read) {
    fs::TempFolder const folder{"slipway-ctest-"};
    auto const at = [&](char const* name) {
        return (folder.path() / name).string();
    };
    auto const boost = support::run_tool(
        "test-run",
        {"--report",
         at("boost.xml"),
         "--",
         SLIPWAY_BUILD_DIR "/tests/unit_tests",
         "--run_test=text_join"},
        {{"BOOST_TEST_LOGGER", "HRF,error,stdout:JUNIT,all," + at("boost.xml")}});
    BOOST_TEST(boost.code == 0, boost.all());
    BOOST_TEST(std::stoi(boost.at("/data/tests/passed")) > 3);
    fs::write_atomic(
        folder.path() / "CMakeLists.txt",
        "cmake_minimum_required(VERSION 3.25)\nproject(x NONE)\nenable_testing()\n"
        "add_test(NAME good COMMAND true)\nadd_test(NAME bad COMMAND false)\n"
        "add_test(NAME off COMMAND true)\nset_tests_properties(off PROPERTIES DISABLED true)\n");
    auto const ctest = support::run_tool(
        "test-run",
        {"--report",
         at("ctest.xml"),
         "--",
         "sh",
         "-c",
         "cmake -S $D -B $D/b >/dev/null && ctest --test-dir $D/b --output-junit $D/ctest.xml"},
        {{"D", folder.path().string()}});
    BOOST_TEST(ctest.code == 1, ctest.all());
    BOOST_TEST(ctest.says("1 of 2 tests passed, 1 skipped; failed: bad"), ctest.all());
}

BOOST_AUTO_TEST_SUITE_END()
