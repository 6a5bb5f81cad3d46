// SPDX-License-Identifier: Apache-2.0
#include "step/sibling.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"

#include <algorithm>
#include <array>

#include <unistd.h>

#include <fmt/format.h>

namespace slipway::step {

namespace {

// The variables of ours that speak of the deployment, not of one tool's options.
constexpr std::array handed_on{
    "SLIPWAY_DIR",
    "SLIPWAY_RUN_ID",
    "SLIPWAY_BIN",
    "SLIPWAY_ENVIRONMENT",
    "SLIPWAY_NAME",
    "SLIPWAY_CONFIG",
    "SLIPWAY_PG_BIN",
    "SLIPWAY_LOG_FORMAT",
    "SLIPWAY_COLOR",
    "SLIPWAY_LOG_LEVEL",
};

std::vector<std::string> variables_of_tools() {
    std::vector<std::string> out;
    for (auto const& entry : ci::environment()) {
        std::string const name = entry.substr(0, entry.find('='));
        if (name.starts_with("SLIPWAY_") &&
            std::find(handed_on.begin(), handed_on.end(), name) == handed_on.end()) {
            out.push_back(name);
        }
    }
    return out;
}

} // namespace

proc::Command command_of(std::string_view tool) {
    proc::Command command;
    std::error_code ignored;
    fs::Path const self = std::filesystem::read_symlink("/proc/self/exe", ignored);
    std::vector<fs::Path> folders;
    if (auto const named = ci::variable("SLIPWAY_BIN")) {
        folders.emplace_back(*named);
    }
    folders.push_back(self.parent_path());
    for (auto const& folder : folders) {
        fs::Path const candidate = folder / tool;
        if (::access(candidate.c_str(), X_OK) == 0) {
            command.program = candidate.string();
            return command;
        }
    }
    command.program = proc::find_program(tool).string();
    if (command.program.empty() && self.filename() == "slipway") {
        command.program = self.string();
        command.arguments = {std::string{tool}};
    }
    if (command.program.empty()) {
        throw Error{
            ErrorKind::unavailable,
            fmt::format("the tool {} is neither beside this one nor in PATH", tool),
            "Install all of Slipway, or name its folder in SLIPWAY_BIN."};
    }
    return command;
}

Ended run(Start const& start, std::stop_token const& stop) {
    proc::Command command = command_of(start.tool);
    // First, for behind `--` it would be a word of the tool's own command.
    command.arguments.insert(
        command.arguments.end(), {"--output", std::filesystem::absolute(start.output).string()});
    command.arguments.insert(
        command.arguments.end(), start.arguments.begin(), start.arguments.end());
    command.environment = start.environment;
    command.remove_environment = variables_of_tools();
    command.folder = start.folder;
    command.on_error_line = start.on_log_line;
    command.timeout = start.timeout;
    command.grace = start.grace;
    fs::make_folder(start.output.has_parent_path() ? start.output.parent_path() : ".");
    auto const began = time::SystemClock{}.now();
    Ended ended{proc::run(command, stop), std::nullopt};
    std::error_code ignored;
    if (std::filesystem::exists(start.output, ignored)) {
        auto found = record::read(start.output);
        // A tool that dies at its start leaves the record of an earlier run where it lies.
        if (found.record.started_at >= began) {
            ended.record = std::move(found);
        }
    }
    return ended;
}

record::Found const& require_success(Ended const& ended, std::string_view what) {
    if (ended.outcome.ok() && ended.record) {
        return *ended.record;
    }
    auto const& error = ended.record ? ended.record->record.error : std::nullopt;
    if (error) {
        throw error->with_context(what);
    }
    std::string const summary = ended.record ? ended.record->record.summary : "";
    throw Error{
        ErrorKind::failed,
        fmt::format("{}: {}{}{}", what, ended.outcome.how(), summary.empty() ? "" : ": ", summary),
        ended.record ? "See its record." : "It left no record; see the log."};
}

fs::Path output_below(fs::Path const& parent_record, int number, std::string_view tool) {
    fs::Path folder = parent_record;
    folder.replace_extension(".d");
    return folder / fmt::format("{}-{}.json", number, tool);
}

} // namespace slipway::step
