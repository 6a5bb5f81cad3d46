// SPDX-License-Identifier: Apache-2.0
// test-run with real commands and real runners: what they report, and what they fail to.
#include "fs/temp_folder.hpp"
#include "support/run_tool.hpp"

#include <csignal>
#include <fstream>

#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

BOOST_AUTO_TEST_SUITE(test_run_cli)

using namespace slipway;
using support::Environment;
using support::ToolRun;

namespace {

// A folder of a project; commands run by sh with $D naming it.
class Project {
public:
    [[nodiscard]] fs::Path path(std::string_view name) const { return folder_.path() / name; }

    void put(std::string_view name, std::string_view content) const {
        fs::make_folder(path(name).parent_path());
        fs::write_atomic(path(name), content);
    }

    [[nodiscard]] ToolRun
    run(std::string const& script, std::vector<std::string> args = {}, Environment env = {}) const {
        if (std::find(args.begin(), args.end(), "--report") == args.end()) {
            args.insert(args.end(), {"--report", path("junit.xml").string()});
        }
        args.insert(args.end(), {"--", "sh", "-c", script});
        env.emplace_back("D", folder_.path().string());
        return support::run_tool("test-run", args, env);
    }

    // A command that writes that report and ends with that code.
    [[nodiscard]] ToolRun
    reporting(std::string_view report, int code, std::vector<std::string> args = {}) const {
        put("next.xml", report);
        return run(fmt::format("cp $D/next.xml $D/junit.xml; exit {}", code), std::move(args));
    }

private:
    fs::TempFolder folder_{"slipway-test-run-"};
};

std::string report_of(int passed, int failed) {
    std::string out = "<testsuites>\n<testsuite name=\"shop\">\n";
    for (int i = 0; i < passed; ++i) {
        out += fmt::format("<testcase classname=\"cart\" name=\"good {}\" time=\"0.01\"/>\n", i);
    }
    for (int i = 0; i < failed; ++i) {
        out += fmt::format(
            "<testcase classname=\"cart\" name=\"bad {0}\" file=\"cart.js\" line=\"{1}\"><failure "
            "message=\"expected {0}\"/></testcase>\n",
            i,
            i + 1);
    }
    return out + "</testsuite>\n</testsuites>\n";
}

bool has_check(ToolRun const& run, std::string_view id) {
    for (auto const& check : (**run.record)["checks"]) {
        if (check["id"] == id) {
            return true;
        }
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_green_run_counts_its_tests_and_keeps_its_report) {
    Project const project;
    auto const run = project.reporting(report_of(3, 0), 0);
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.at("/status") == "passed");
    BOOST_TEST(run.at("/summary") == "3 of 3 tests passed");
    BOOST_TEST(run.at("/data/tests/passed") == "3");
    BOOST_TEST(run.at("/artifacts/0/kind") == "report.junit");
    BOOST_TEST(run.at("/artifacts/0/sha256").size() == 64U);
}

BOOST_AUTO_TEST_CASE(a_failed_test_is_named_with_its_message_and_place) {
    Project const project;
    auto const run = project.reporting(report_of(3, 1), 1);
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.at("/status") == "failed");
    BOOST_TEST(run.at("/checks/2/id") == "test.cart › bad 0");
    BOOST_TEST(run.at("/checks/2/message") == "expected 0");
    BOOST_TEST(run.at("/checks/2/where/file") == "cart.js");
    BOOST_TEST(run.err.find("cart.js:1: cart › bad 0: expected 0") != std::string::npos, run.err);
    BOOST_TEST(run.says("3 of 4 tests passed; failed: cart › bad 0"));
}

BOOST_AUTO_TEST_CASE(in_github_a_failed_test_is_an_annotation_on_its_line) {
    Project const project;
    auto const run = project.reporting(report_of(0, 1), 1, {"--log-format", "github"});
    BOOST_TEST(
        run.err.find("::error file=cart.js,line=1,title=cart › bad 0::expected 0\n") !=
            std::string::npos,
        run.err);
}

BOOST_AUTO_TEST_CASE(the_gate_lets_a_few_failures_pass_with_a_warning) {
    Project const project;
    auto const good = project.reporting(report_of(19, 1), 1, {"--min-pass-rate", "95%"});
    BOOST_TEST(good.code == 0, good.all());
    BOOST_TEST(good.at("/status") == "warned");
    BOOST_TEST(good.at("/data/pass_rate") == "95%");
    auto const bad = project.reporting(report_of(18, 1), 1, {"--min-pass-rate", "95%"});
    BOOST_TEST(bad.code == 1, bad.all());
    auto const wrong = project.reporting(report_of(1, 0), 0, {"--min-pass-rate", "95"});
    BOOST_TEST(wrong.code == 2, wrong.all());
}

BOOST_AUTO_TEST_CASE(a_command_that_fails_over_a_green_report_fails) {
    Project const project;
    auto const run = project.reporting(report_of(3, 0), 4);
    BOOST_TEST(run.code == 1, run.all());
    BOOST_TEST(run.says("exit code 4 although no test in its report failed"));
    BOOST_TEST(run.at("/data/exit_code") == "4");
    auto const masked = project.reporting(report_of(3, 1), 0);
    BOOST_TEST(masked.code == 1, masked.all());
}

BOOST_AUTO_TEST_CASE(without_a_whole_report_of_this_run_nothing_is_green_whatever_the_policy) {
    Project const project;
    std::vector<std::string> const lenient{"--on-undecided", "pass"};
    auto const none = project.run("true", lenient);
    BOOST_TEST(none.code == 7, none.all());
    BOOST_TEST(none.says("it left no test report"));
    BOOST_TEST(none.at("/status") == "undecided");
    auto const empty = project.reporting("", 0, lenient);
    BOOST_TEST(empty.code == 7, empty.all());
    auto const torn = project.reporting(report_of(3, 0).substr(0, 120), 0, lenient);
    BOOST_TEST(torn.code == 7, torn.all());
    BOOST_TEST(torn.says("junit.xml:4 is no well-formed XML"), torn.all());
    auto const other = project.reporting("<html/>", 0, lenient);
    BOOST_TEST(other.code == 7, other.all());
    auto const zero = project.reporting("<testsuites/>", 0, lenient);
    BOOST_TEST(zero.code == 7, zero.all());
    BOOST_TEST(zero.says("no test ran"));
    auto const skipped = project.reporting(
        "<testsuite><testcase name=\"a\"><skipped/></testcase></testsuite>", 0, lenient);
    BOOST_TEST(skipped.code == 7, skipped.all());
    auto const failing = project.run("exit 3", lenient);
    BOOST_TEST(failing.code == 1, failing.all());
}

BOOST_AUTO_TEST_CASE(a_report_of_an_earlier_run_is_not_counted) {
    Project const project;
    project.put("junit.xml", report_of(5, 0));
    auto const stale = project.run("true");
    BOOST_TEST(stale.code == 7, stale.all());
    BOOST_TEST(stale.says("junit.xml"));
    BOOST_TEST(stale.says("not counted"));
    BOOST_TEST(stale.at("/data/reports/0/state") == "stale");
    project.put("out/old.xml", report_of(5, 5));
    auto const mixed = project.run(
        "cp $D/junit.xml $D/out/new.xml", {"--report", project.path("out/*.xml").string()});
    BOOST_TEST(mixed.code == 0, mixed.all());
    BOOST_TEST(mixed.at("/status") == "warned");
    BOOST_TEST(mixed.at("/data/tests/passed") == "5");
    BOOST_TEST(mixed.at("/data/tests/failed") == "0");
}

BOOST_AUTO_TEST_CASE(many_failures_are_capped_and_the_rest_counted) {
    Project const project;
    auto const run = project.reporting(report_of(0, 350), 1);
    BOOST_TEST(run.code == 1);
    BOOST_TEST(run.at("/data/failed_omitted") == "250");
    BOOST_TEST(run.says("250 more failed tests omitted"));
    BOOST_TEST(has_check(run, "tests.omitted"));
}

BOOST_AUTO_TEST_CASE(a_test_that_vanished_since_the_baseline_fails) {
    Project const project;
    project.put("base.xml", report_of(4, 0));
    std::vector<std::string> const base{"--baseline", project.path("base.xml").string()};
    auto const gone = project.reporting(report_of(3, 0), 0, base);
    BOOST_TEST(gone.code == 1, gone.all());
    BOOST_TEST(gone.at("/data/vanished/0") == "cart › good 3");
    auto const same = project.reporting(report_of(5, 0), 0, base);
    BOOST_TEST(same.code == 0, same.all());
    auto const none = project.run("touch $D/ran", {"--baseline", project.path("no.xml").string()});
    BOOST_TEST(none.code == 2, none.all());
    BOOST_TEST(!std::filesystem::exists(project.path("ran")));
}

BOOST_AUTO_TEST_CASE(output_is_live_on_stderr_without_secrets_and_colours) {
    Project const project;
    project.put("next.xml", report_of(1, 0));
    auto const run = project.run(
        "printf 'one\\n\\033[31mtwo\\033[0m\\nstdin:%s\\n' \"$(cat)\"; echo token=$API_TOKEN >&2; "
        "echo to $DATABASE_URL as p@ss; cp $D/next.xml $D/junit.xml",
        {},
        {{"API_TOKEN", "tok3n-value"}, {"DATABASE_URL", "postgresql://app:p%40ss@db/shop"}});
    BOOST_TEST(run.code == 0, run.all());
    BOOST_TEST(run.out.find("two") == std::string::npos);
    BOOST_TEST(run.err.find("info    two\n") != std::string::npos, run.err);
    BOOST_TEST(run.err.find("stdin:\n") != std::string::npos);
    for (auto const* secret : {"tok3n-value", "p%40ss", "p@ss"}) {
        BOOST_TEST(!run.says(secret), run.all());
    }
}

BOOST_AUTO_TEST_CASE(verbose_tells_every_test) {
    Project const project;
    auto const quiet = project.reporting(report_of(1, 0), 0);
    BOOST_TEST(!quiet.says("good 0 "));
    auto const verbose = project.reporting(report_of(1, 0), 0, {"--verbose"});
    BOOST_TEST(verbose.says("passed: cart › good 0 10 ms"), verbose.err);
}

BOOST_AUTO_TEST_CASE(a_command_that_hangs_is_ended_with_all_that_it_started) {
    Project const project;
    project.put("next.xml", report_of(2, 0));
    auto const run = project.run(
        "trap '' TERM; (trap '' TERM; while :; do sleep 0.1; done) >/dev/null 2>&1 & "
        "echo $! >$D/started; cp $D/next.xml $D/junit.xml; while :; do sleep 0.1; done",
        {"--timeout", "1s", "--kill-after", "200ms"});
    BOOST_TEST(run.code == 5, run.all());
    BOOST_TEST(run.at("/error/kind") == "timeout");
    BOOST_TEST(run.says("--timeout"));
    BOOST_TEST(run.at("/data/tests/passed") == "2"); // what was reported until then
    fs::Path const stat = fs::Path{"/proc"} /
                          std::to_string(std::stoi(fs::read_file(project.path("started")))) /
                          "stat";
    std::ifstream in{stat};
    std::string const left{std::istreambuf_iterator<char>{in}, {}};
    BOOST_TEST((left.empty() || left.find(") Z ") != std::string::npos), left);
}

BOOST_AUTO_TEST_CASE(a_command_that_hangs_is_ended_on_a_signal_within_five_seconds) {
    Project const project;
    auto const run = support::start_and_kill(
        "test-run",
        {"--report", "r.xml", "--", "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"},
        {},
        std::chrono::milliseconds{500},
        SIGTERM);
    BOOST_TEST(run.code == 143, run.all());
    BOOST_TEST(run.at("/status") == "aborted");
    BOOST_TEST(run.duration.count() < 5500);
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_unavailable_and_no_command_is_a_usage_error) {
    auto const gone = support::run_tool("test-run", {"--report", "r.xml", "--", "no-such-runner"});
    BOOST_TEST(gone.code == 3, gone.all());
    BOOST_TEST(gone.says("no-such-runner"));
    auto const none = support::run_tool("test-run", {"--report", "r.xml"});
    BOOST_TEST(none.code == 2, none.all());
    auto const blind = support::run_tool("test-run", {"--", "true"});
    BOOST_TEST(blind.code == 2, blind.all());
    BOOST_TEST(blind.says("--report"));
}

BOOST_AUTO_TEST_CASE(a_hundred_thousand_tests_need_less_than_a_hundred_megabytes) {
    Project const project;
    auto const run = project.reporting(report_of(100'000, 0), 0);
    BOOST_TEST(run.code == 0, run.all());
    rusage used{};
    BOOST_REQUIRE(::getrusage(RUSAGE_CHILDREN, &used) == 0);
    BOOST_TEST(used.ru_maxrss < 100'000);
}

BOOST_AUTO_TEST_SUITE_END()
