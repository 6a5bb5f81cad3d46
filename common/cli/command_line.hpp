// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/spec.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::cli {

/// Throws usage.
[[noreturn]] void refuse(std::string message, std::string hint);

/// Texts by the option's name, in the order in which they were given.
using Values = std::map<std::string, std::vector<std::string>>;

/// What stands on a command line, still as text.
struct CommandLine {
    Values values;
    std::vector<std::string> words; // what belongs to no option
    std::vector<std::string> rest;  // what follows `--`
    bool help = false;
    bool version = false;
    bool describe = false;
};

/// Takes the arguments apart; throws usage for an unknown option, naming the nearest known one,
/// and for a value that is missing.
CommandLine read_command_line(Spec const& spec, std::vector<std::string> const& arguments);

/// Where the reader finds more: `See db-backup --help.`
std::string help_hint(Spec const& spec);

} // namespace slipway::cli
