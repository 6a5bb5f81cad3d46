// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "proc/command.hpp"
#include "support/forked.hpp"

#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(proc_run)

using namespace slipway;
using namespace std::chrono_literals;

namespace {

proc::Command shell(std::string script) {
    proc::Command command;
    command.program = "sh";
    command.arguments = {"-c", std::move(script)};
    return command;
}

bool alive(pid_t pid) {
    // A zombie that nobody reaps any more is dead enough.
    try {
        std::string const stat = fs::read_file("/proc/" + std::to_string(pid) + "/stat");
        return stat.find(") Z ") == std::string::npos;
    } catch (Error const&) {
        return false;
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(the_exit_code_is_data) {
    for (int const code : {0, 1, 3, 126, 255}) {
        auto const outcome = proc::run(shell("exit " + std::to_string(code)), {});
        BOOST_TEST(outcome.exit_code == code);
        BOOST_TEST(outcome.signal == 0);
        BOOST_TEST(outcome.ok() == (code == 0));
        BOOST_TEST(outcome.how() == "exit code " + std::to_string(code));
    }
}

BOOST_AUTO_TEST_CASE(the_end_by_a_signal_is_told_apart) {
    auto const outcome = proc::run(shell("kill -9 $$"), {});
    BOOST_TEST(outcome.exit_code == -1);
    BOOST_TEST(outcome.signal == SIGKILL);
    BOOST_TEST(outcome.how() == "signal 9 (Killed)");
    BOOST_TEST(!outcome.timed_out);
}

BOOST_AUTO_TEST_CASE(a_megabyte_goes_through_cat_and_back) {
    proc::Command command;
    command.program = "cat";
    for (int i = 0; i < 100'000; ++i) {
        command.input += std::to_string(1'000'000'000 + i);
    }
    auto const outcome = proc::run(command, {});
    BOOST_TEST(outcome.ok());
    BOOST_TEST((outcome.output == command.input));
}

BOOST_AUTO_TEST_CASE(ten_megabytes_of_output_are_kept_or_handed_over_in_pieces) {
    std::string const script = "head -c 10485760 /dev/zero";
    BOOST_TEST(proc::run(shell(script), {}).output.size() == 10'485'760U);
    std::size_t seen = 0;
    auto command = shell(script);
    command.on_output = [&](std::string_view piece) {
        seen += piece.size();
    };
    auto const outcome = proc::run(command, {});
    BOOST_TEST(seen == 10'485'760U);
    BOOST_TEST(outcome.output.empty());
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_read_its_input_is_no_fault) {
    auto const ended = support::in_child([]() -> std::string {
        proc::Command command;
        command.program = "true";
        command.input = std::string(1'000'000, 'x');
        return proc::run(command, {}).how();
    });
    BOOST_TEST(ended.answer == "exit code 0");
}

BOOST_AUTO_TEST_CASE(errors_come_line_by_line_and_their_end_is_kept) {
    std::vector<std::string> lines;
    auto command = shell("printf 'a\\nb' >&2; sleep 0.02; printf 'c\\n\\nend' >&2; echo out");
    command.on_error_line = [&](std::string_view line) {
        lines.emplace_back(line);
    };
    auto const outcome = proc::run(command, {});
    BOOST_TEST(
        lines == (std::vector<std::string>{"a", "bc", "", "end"}),
        boost::test_tools::per_element());
    BOOST_TEST(outcome.error_tail == "a\nbc\n\nend");
    BOOST_TEST(outcome.output == "out\n");
}

BOOST_AUTO_TEST_CASE(of_many_errors_the_last_16_kib_are_kept) {
    auto const outcome = proc::run(shell("head -c 200000 /dev/zero >&2; printf end >&2"), {});
    BOOST_TEST(outcome.error_tail.size() == 16384U);
    BOOST_TEST(outcome.error_tail.ends_with("end"));
}

BOOST_AUTO_TEST_CASE(on_its_deadline_a_program_is_asked_first) {
    auto command =
        shell("trap 'echo asked; exit 9' TERM; echo ready; while :; do sleep 0.01; done");
    command.timeout = 100ms;
    auto const outcome = proc::run(command, {});
    BOOST_TEST(outcome.timed_out);
    BOOST_TEST(!outcome.stopped);
    BOOST_TEST(outcome.exit_code == 9);
    BOOST_TEST(outcome.output == "ready\nasked\n");
    BOOST_TEST(outcome.how() == "ended by its deadline");
    BOOST_TEST((outcome.duration < 2s));
}

BOOST_AUTO_TEST_CASE(a_program_that_ignores_sigterm_is_killed_after_the_grace) {
    auto command = shell("trap '' TERM; while :; do sleep 0.01; done");
    command.timeout = 50ms;
    command.grace = 50ms;
    auto const outcome = proc::run(command, {});
    BOOST_TEST(outcome.timed_out);
    BOOST_TEST(outcome.signal == SIGKILL);
    BOOST_TEST((outcome.duration < 2s));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_program_with_all_its_children) {
    std::stop_source stop;
    auto command = shell("sleep 60 & echo $!; wait");
    pid_t grandchild = 0;
    command.on_output = [&](std::string_view piece) {
        grandchild = std::stoi(std::string{piece});
        stop.request_stop();
    };
    auto const outcome = proc::run(command, stop.get_token());
    BOOST_TEST(outcome.stopped);
    BOOST_TEST(!outcome.timed_out);
    BOOST_TEST(outcome.signal == SIGTERM);
    BOOST_REQUIRE(grandchild > 0);
    for (int i = 0; i < 100 && alive(grandchild); ++i) {
        std::this_thread::sleep_for(10ms);
    }
    BOOST_TEST(!alive(grandchild));
}

BOOST_AUTO_TEST_CASE(what_a_stopped_program_leaves_behind_is_killed_after_the_grace) {
    // The program ends when it is asked; what it started does not, and has closed its pipes.
    auto command = shell("(trap '' TERM; while :; do sleep 0.01; done) >/dev/null 2>&1 & "
                         "echo $!; wait");
    command.timeout = 100ms;
    command.grace = 100ms;
    auto const outcome = proc::run(command, {});
    BOOST_TEST(outcome.timed_out);
    pid_t const grandchild = std::stoi(outcome.output);
    for (int i = 0; i < 100 && alive(grandchild); ++i) {
        std::this_thread::sleep_for(10ms);
    }
    BOOST_TEST(!alive(grandchild));
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_unavailable_and_named) {
    for (std::string const program : {"slipway-no-such-program", "/no/such/program", "/tmp"}) {
        proc::Command command;
        command.program = program;
        BOOST_CHECK_EXCEPTION(proc::run(command, {}), Error, [&](Error const& error) {
            return error.kind() == ErrorKind::unavailable &&
                   error.message().find("cannot start " + program) == 0;
        });
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_told_at_the_start) {
    auto command = shell("true");
    command.folder = "/no/such/folder";
    BOOST_CHECK_EXCEPTION(proc::run(command, {}), Error, [](Error const& error) {
        return error.kind() == ErrorKind::unavailable;
    });
}

BOOST_AUTO_TEST_CASE(a_program_named_relative_to_us_is_found_from_another_folder) {
    fs::TempFolder const folder{"proc-test-"};
    fs::write_atomic(folder.path() / "hello", "#!/bin/sh\npwd\n");
    std::filesystem::permissions(folder.path() / "hello", std::filesystem::perms::owner_all);
    proc::Command command;
    command.program = std::filesystem::relative(folder.path() / "hello").string();
    if (command.program.find('/') == std::string::npos) {
        command.program = "./" + command.program;
    }
    command.folder = "/";
    BOOST_TEST(proc::run(command, {}).output == "/\n");
}

BOOST_AUTO_TEST_CASE(a_secret_goes_by_the_environment_and_is_in_no_argument) {
    auto command = shell("tr '\\0' ' ' < /proc/$$/cmdline; echo; echo \"$SAMPLE_SECRET\"");
    command.environment = {{"SAMPLE_SECRET", "hunter22"}};
    auto const outcome = proc::run(command, {});
    auto const newline = outcome.output.find('\n');
    BOOST_REQUIRE(newline != std::string::npos);
    BOOST_TEST(outcome.output.substr(0, newline).find("hunter22") == std::string::npos);
    BOOST_TEST(outcome.output.substr(newline) == "\nhunter22\n");
    BOOST_TEST(proc::display(command).find("hunter22") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(variables_are_added_replaced_and_taken_away) {
    auto const ended = support::in_child_with(
        {{"PATH", "/usr/bin:/bin"}, {"KEEP", "1"}, {"GO", "1"}, {"GONE", "1"}, {"CHANGE", "1"}},
        []() -> std::string {
            auto command = shell("echo $KEEP,$GO,$GONE,$CHANGE,$NEW");
            command.remove_environment = {"GO"};
            command.environment = {{"CHANGE", "2"}, {"NEW", "a b"}};
            return proc::run(command, {}).output;
        });
    BOOST_TEST(ended.answer == "1,,1,2,a b\n");
}

BOOST_AUTO_TEST_CASE(the_child_dies_with_its_parent) {
    fs::TempFolder const folder{"proc-test-"};
    fs::Path const pid_file = folder.path() / "pid";
    pid_t const parent = ::fork();
    if (parent == 0) {
        proc::run(
            shell(
                "echo $$ > " + pid_file.string() + ".new; mv " + pid_file.string() + ".new " +
                pid_file.string() + "; exec sleep 60"),
            {});
        ::_exit(0);
    }
    BOOST_REQUIRE(parent > 0);
    for (int i = 0; i < 500 && !std::filesystem::exists(pid_file); ++i) {
        std::this_thread::sleep_for(10ms);
    }
    pid_t const child = std::stoi(fs::read_file(pid_file));
    BOOST_TEST(alive(child));
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    for (int i = 0; i < 200 && alive(child); ++i) {
        std::this_thread::sleep_for(10ms);
    }
    BOOST_TEST(!alive(child));
}

BOOST_AUTO_TEST_CASE(a_process_left_behind_holds_the_pipe_but_not_us) {
    auto command = shell("sleep 4 & echo done");
    // The deadline comes while only the stranger is left: the program had ended in time.
    command.timeout = 500ms;
    auto const outcome = proc::run(command, {});
    BOOST_TEST(outcome.output == "done\n");
    BOOST_TEST(outcome.exit_code == 0);
    BOOST_TEST(!outcome.timed_out);
    BOOST_TEST((outcome.duration < 3500ms));
}

BOOST_AUTO_TEST_CASE(output_may_go_straight_to_ours) {
    auto const ended = support::in_child([]() -> std::string {
        int fds[2];
        if (::pipe(fds) != 0 || ::dup2(fds[1], STDOUT_FILENO) < 0) {
            return "no pipe";
        }
        auto command = shell("printf straight");
        command.inherit_output = true;
        auto const outcome = proc::run(command, {});
        char text[64];
        ssize_t const got = ::read(fds[0], text, sizeof text);
        return outcome.output + "|" + std::string(text, static_cast<std::size_t>(got));
    });
    BOOST_TEST(ended.answer == "|straight");
}

BOOST_AUTO_TEST_CASE(a_command_is_shown_as_a_person_would_type_it) {
    proc::Command command;
    command.program = "pg_dump";
    command.arguments = {"--file=a b", "$HOME", ""};
    BOOST_TEST(proc::display(command) == "pg_dump '--file=a b' '$HOME' ''");
}

BOOST_AUTO_TEST_CASE(programs_are_looked_up_by_path) {
    BOOST_TEST(proc::find_program("sh").filename() == "sh");
    BOOST_TEST(proc::find_program("slipway-no-such-program").empty());
    BOOST_TEST(proc::find_program("/bin/sh") == fs::Path{"/bin/sh"});
}

BOOST_AUTO_TEST_SUITE_END()
