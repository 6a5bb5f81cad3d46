// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "monitor.hpp"
#include "observation.hpp"
#include "sources_file.hpp"
#include "watch.hpp"

namespace slipway::monitor {

/// What --sources and --log name together.
SourcesFile choose_sources(Options const& options, tool::Context& context);

/// Opens the logs, queries and commands, and names them in the start of the run; throws usage
/// where one cannot be.
void open_sources(
    SourcesFile const& file,
    Options const& options,
    tool::Context& context,
    Watch::Sources& out,
    Start& start);

} // namespace slipway::monitor
