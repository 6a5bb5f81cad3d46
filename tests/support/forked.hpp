// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::support {

/// How a forked child ended, and what its work returned.
struct ChildEnd {
    int exit_code = -1; // -1 where a signal ended it
    int signal = 0;
    std::string answer;
};

/// Runs `work` in a child process that is lost afterwards, so that it may change signals, limits,
/// the environment and standard input; its text comes back through a pipe. An exception of the
/// work is exit code 99 with its message as the answer.
ChildEnd in_child(std::function<std::string()> const& work);

/// As above with exactly this environment.
ChildEnd in_child_with(
    std::vector<std::pair<std::string, std::string>> const& environment,
    std::function<std::string()> const& work);

} // namespace slipway::support
