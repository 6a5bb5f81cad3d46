// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tool/definition.hpp"

namespace slipway::tool {

/// Runs one tool: options, signals, log, record, exit code. The only code that talks to the
/// world's exits: stdout has one summary line (or the record with --json), stderr the log.
int run_instance(int argc, char const* const* argv, Instance instance);

/// The whole `main` of a tool.
template <class Options>
int main(int argc, char const* const* argv, Definition<Options> const& definition) {
    return run_instance(argc, argv, definition.instance());
}

/// The version of this build.
std::string_view version();

} // namespace slipway::tool
