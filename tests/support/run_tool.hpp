// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "time/clock.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::support {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// How one run of a tool's real executable ended.
struct ToolRun {
    int code = -1;  // -1 where a signal ended it
    int signal = 0; // 0 where it ended by itself
    std::string out;
    std::string err;
    std::optional<json::Box> record; // nothing where it wrote none
    std::chrono::milliseconds duration{0};
    std::optional<std::chrono::microseconds> left; // to its end, from when its time began

    /// A value of the record by its JSON pointer: a string as it is, anything else as JSON text;
    /// empty where there is no such value or no record.
    [[nodiscard]] std::string at(std::string const& pointer) const;

    /// Whether the word stands in what the run said: stdout, stderr or the record.
    [[nodiscard]] bool says(std::string_view word) const;

    /// All that the run said, for a failing test's message.
    [[nodiscard]] std::string all() const;
};

/// Runs build/bin/<tool> to its end, in a temporary folder that is its SLIPWAY_DIR too, with no
/// CI, PG* or SLIPWAY_* variable but those given; the record goes to a file there (--output) and
/// is checked: a test fails where a record is not what docs/schema/record-1.json says.
ToolRun
run_tool(std::string const& tool, std::vector<std::string> args, Environment const& env = {});

/// The same, but the process gets `signal` after that time, unless it has ended before. The time
/// begins with the start, or when `reached`, which is asked again and again, first says yes.
ToolRun start_and_kill(
    std::string const& tool,
    std::vector<std::string> args,
    Environment const& env,
    std::chrono::microseconds after,
    int signal,
    std::function<bool()> const& reached = {});

} // namespace slipway::support
