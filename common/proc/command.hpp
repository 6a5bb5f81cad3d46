// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "time/clock.hpp"

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::proc {

/// A program to run, without a shell: an argument vector and the environment on top of ours.
/// Secrets go into `environment`, never into `arguments`, which every user of the machine sees.
struct Command {
    std::string program; // looked up in PATH where it has no slash
    std::vector<std::string> arguments;
    std::vector<std::pair<std::string, std::string>> environment;
    std::vector<std::string> remove_environment;
    fs::Path folder; // working folder; empty: ours
    std::string input;
    std::function<void(std::string_view)> on_output;     // chunks of stdout; empty: kept in Outcome
    std::function<void(std::string_view)> on_error_line; // lines of stderr, besides the kept tail
    bool inherit_output = false;                         // stdout and stderr are ours
    time::Milliseconds timeout{0};                       // 0: none but the stop token
    time::Milliseconds grace{5000};                      // between SIGTERM and SIGKILL
};

/// How the program ended.
struct Outcome {
    int exit_code = -1; // -1 where a signal ended it
    int signal = 0;
    bool timed_out = false;
    bool stopped = false;
    std::string output;
    std::string error_tail; // the last 16 KiB of stderr
    time::Milliseconds duration{0};

    [[nodiscard]] bool ok() const { return exit_code == 0; }

    /// `exit code 3`, `signal 9 (Killed)`, `ended by its deadline`.
    [[nodiscard]] std::string how() const;
};

/// Runs the command to its end. Its exit code is data, not an error. On the timeout or a stop the
/// program's process group gets SIGTERM, and what is left of it after the grace SIGKILL; the
/// program is always reaped. The child gets SIGTERM also when this process dies. Throws
/// unavailable where it cannot be started.
Outcome run(Command const& command, std::stop_token const& stop);

/// The program's full path by PATH, or empty where there is none.
fs::Path find_program(std::string_view name);

/// The command as a person would type it, for messages: arguments quoted, no environment.
std::string display(Command const& command);

} // namespace slipway::proc
