// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment.hpp"
#include "error/error.hpp"
#include "record/read.hpp"
#include "step/sibling.hpp"
#include "tool/context.hpp"

#include <functional>
#include <optional>
#include <string>

namespace slipway::deploy_run {

/// How one step ended.
struct Result {
    record::Status status = record::Status::passed;
    std::optional<int> exit_code; // the program's own; nothing where a signal ended it
    std::string summary;          // one line; why, where it is not good
    std::string hint;
    std::optional<ErrorKind> failure; // what the pipeline ends with; nothing where all is good
    std::optional<record::Found> record;
};

/// The kind of error that an exit code of a tool stands for.
ErrorKind kind_of_exit_code(int code);

/// Judges how a tool ended: by its exit code and its record, which must both be good.
Result judge_tool(step::Ended const& ended);

/// Judges how a command ended. Its exit codes are not Slipway's: any but 0 is failed, 126 and 127
/// (the shell found nothing to run) unavailable, its deadline timeout.
Result judge_command(proc::Outcome const& outcome);

/// Runs a step to its end, its lines going to `show`; several may run at the same time. `inputs`
/// are the records that it is given.
/// A fault of starting it is a result too.
Result execute(
    Entry const& entry,
    Deployment const& deployment,
    std::vector<fs::Path> const& inputs,
    std::function<void(std::string_view)> const& show,
    tool::Context& context);

} // namespace slipway::deploy_run
