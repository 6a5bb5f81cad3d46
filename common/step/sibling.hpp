// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "proc/command.hpp"
#include "record/read.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::step {

/// The command that starts a sibling tool, still without arguments of its own: in SLIPWAY_BIN,
/// beside this program, in PATH, or this program itself where it is the release that has all tools;
/// throws unavailable where there is none.
proc::Command command_of(std::string_view tool);

/// A tool to start, with where it leaves its record.
struct Start {
    std::string tool;
    std::vector<std::string> arguments; // without --output
    fs::Path output;
    std::vector<std::pair<std::string, std::string>> environment;
    fs::Path folder;
    std::function<void(std::string_view)> on_log_line; // the tool's stderr
    time::Milliseconds timeout{0};
    // A tool has its record written within five seconds of a signal.
    time::Milliseconds grace{6000};
};

/// How the tool ended and its record, which is missing where it could write none.
struct Ended {
    proc::Outcome outcome;
    std::optional<record::Found> record;
};

/// Starts a sibling tool, waits for it and reads its record. Variables that set options of a
/// tool (SLIPWAY_<TOOL>_<NAME>) are not handed on, for they were meant for the caller.
Ended run(Start const& start, std::stop_token const& stop);

/// The record of a sibling that ended well; else throws its own error (failed where it left none),
/// with `what` in front.
record::Found const& require_success(Ended const& ended, std::string_view what);

/// `<parent>.d/<n>-<tool>.json`: where the record of a tool started by a tool belongs.
fs::Path output_below(fs::Path const& parent_record, int number, std::string_view tool);

} // namespace slipway::step
