// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tool/definition.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::test_run {

struct Options {
    std::vector<std::string> command;
    std::vector<std::string> reports;
    std::vector<std::string> baseline;
    std::string min_pass_rate = "100%";
    bool verbose = false;
    std::int64_t retry_failed = 0;
    time::Milliseconds kill_after{2500};
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Runs the project's tests, reads what they report and decides.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "test-run",
    "run the project's own tests, read their report, gate on it",
    declare,
    run,
};

} // namespace slipway::test_run
