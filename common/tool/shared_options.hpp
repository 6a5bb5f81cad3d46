// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/spec.hpp"
#include "tool/context.hpp"

namespace slipway::tool {

/// Declares the options that every tool has, behind those of the tool itself. A tool that changes
/// something declares --dry-run itself, since what a dry-run means differs.
void declare_shared(cli::Spec& spec, Shared& shared);

} // namespace slipway::tool
