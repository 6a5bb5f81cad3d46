// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/expand.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::deploy_run {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// What becomes of the pipeline when a step fails.
enum class OnFailure : std::uint8_t { stop, go_on, roll_back };

/// One option of a tool as the pipeline file gives it, variables put in.
struct Setting {
    std::string name; // `keep`, `RECORD`, `args`
    std::vector<std::string> values;
    std::optional<bool> flag; // where it is written as true or false
    bool list = false;
    bool from_variable = false; // it is no literal: some `${…}` stood in it
    Where where;
};

/// One step: either a Slipway tool (`uses`) or a command for `sh -c` (`run`).
struct Step {
    std::string id;
    std::string uses;
    std::string command; // the tool's verb
    std::string run;
    std::vector<Setting> with;
    Variables environment; // the pipeline's and the step's own
    std::vector<std::string> inputs;
    std::optional<std::vector<std::string>> needs; // nothing: all that stand before it
    std::string when;                              // jq over the records of what it waits for
    std::string confirm;
    time::Milliseconds timeout{0}; // 0: none
    OnFailure on_failure = OnFailure::stop;
    bool always = false;       // runs after a failure too
    bool rollback = false;     // runs only after the failure of a step that asks for it
    bool needs_records = true; // is refused where an input left no record that passed
    bool all_inputs = false;   // `inputs: all`: whatever earlier steps left
    bool tests = false;        // --skip-tests leaves it out
    bool left_out = false;     // the environment's overlay says `skip: true`
    Where where;
    Where uses_where;
    Where command_where;
};

/// A pipeline file.
struct Pipeline {
    std::string name;
    std::string environment;
    std::vector<Step> steps;
    fs::Path path;
    std::string sha256;
};

/// Reads a pipeline of YAML or JSON (docs/schema/pipeline-1.json) as it is for the environment,
/// or for its own where that is empty; throws usage with file and line for an unknown key, a
/// repeated or ill-formed id, an input that is no earlier step, or a variable without a value.
Pipeline read_pipeline(
    fs::Path const& path,
    config::Lookup const& variable,
    std::string_view environment = {});

/// The place of the step of that name in the pipeline; throws usage that names the option which
/// asked for it, and the nearest step.
std::size_t position_of(Pipeline const& pipeline, std::string_view id, std::string_view asked_by);

} // namespace slipway::deploy_run
