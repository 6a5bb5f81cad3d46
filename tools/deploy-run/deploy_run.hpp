// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tool/definition.hpp"

#include <string>
#include <vector>

namespace slipway::deploy_run {

struct Options {
    fs::Path pipeline{"deploy.yaml"};
    std::string from;
    std::vector<std::string> skip;
    bool resume = false;
    bool skip_tests = false;
    std::string reason;
    std::string approved_by;
    std::string dry_run;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Runs the steps of a pipeline, or tells what would run, or writes one for this folder.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "deploy-run",
    "the whole deployment from one pipeline file, resumable",
    declare,
    run,
};

} // namespace slipway::deploy_run
