// SPDX-License-Identifier: Apache-2.0
// kill -9 of test-run at any instant: no record says more than was seen, the tests do not outlive
// it, and the next run is as if nothing had been.
#include "fs/temp_folder.hpp"
#include "support/kills.hpp"
#include "support/run_tool.hpp"

#include <csignal>
#include <thread>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(test_run_kill)

using namespace slipway;

namespace {

std::vector<std::string> arguments(fs::Path const& folder) {
    std::string const report = (folder / "junit.xml").string();
    // The report is there half-written for a while, as that of a real runner is.
    std::string const script = "echo $$ >" + (folder / "pid").string() +
                               "; printf '<testsuite><testcase name=\"a\"/>' >" + report +
                               "; sleep 0.05; printf '<testcase name=\"b\"/></testsuite>' >>" +
                               report + "; sleep 0.02";
    return {"--report", report, "--", "sh", "-c", script};
}

} // namespace

BOOST_AUTO_TEST_CASE(a_killed_run_is_never_green_and_the_next_one_counts_anew) {
    fs::TempFolder const folder{"slipway-kill-"};
    auto const whole = support::run_tool("test-run", arguments(folder.path()));
    BOOST_TEST_REQUIRE(whole.code == 0, whole.all());
    int const kills = support::full_faults() ? 50 : 10;
    support::Instants instants{whole.duration};
    int killed = 0;
    for (int each = 0; each < kills; ++each) {
        std::filesystem::remove(folder.path() / "pid");
        auto const run = support::start_and_kill(
            "test-run", arguments(folder.path()), {}, instants.next(), SIGKILL);
        if (run.signal == SIGKILL) {
            ++killed;
            // Killed between its record and its end it has said all; else it says that it runs.
            bool const whole_record = run.at("/status") == "passed" && run.at("/exit_code") == "0";
            BOOST_TEST((!run.record || run.at("/status") == "running" || whole_record), run.all());
        }
        if (std::filesystem::exists(folder.path() / "pid")) {
            std::string const text = fs::read_file(folder.path() / "pid");
            pid_t const pid = text.empty() ? 0 : std::stoi(text);
            for (int i = 0; i < 300 && pid > 0 && ::kill(pid, 0) == 0; ++i) {
                std::this_thread::sleep_for(std::chrono::milliseconds{10});
            }
            BOOST_TEST((pid == 0 || ::kill(pid, 0) != 0), "the tests outlive test-run");
        }
        auto const next = support::run_tool("test-run", arguments(folder.path()));
        BOOST_TEST(next.code == 0, next.all());
        instants.saw(next);
        BOOST_TEST(next.at("/data/tests/passed") == "2");
    }
    BOOST_TEST(killed >= kills / 2, "most runs ended before they were killed");
}

BOOST_AUTO_TEST_SUITE_END()
