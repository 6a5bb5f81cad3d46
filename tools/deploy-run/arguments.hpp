// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "described.hpp"
#include "pipeline.hpp"
#include "secret/redactor.hpp"

#include <string>
#include <vector>

namespace slipway::deploy_run {

/// How a tool is started for a step: its words, without --output and --input, and what it gets by
/// its environment because it is secret.
struct Invocation {
    std::vector<std::string> words;
    std::vector<std::string> command_line; // what follows `--`
    Variables secrets;
    bool has_environment = false; // the step gives --environment itself
    bool has_timeout = false;
    bool has_yes = false;
};

/// Spells a step's options as its tool wants them. Throws usage with file and line where the verb
/// or an option is unknown (naming the nearest), does not belong to the verb, has a value of the
/// wrong shape, or is a secret given literally; `known` finds secrets in other options.
Invocation arguments_of(Step const& step, Described const& tool, secret::Redactor const& known);

} // namespace slipway::deploy_run
