// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deploy_run.hpp"
#include "deployment.hpp"

namespace slipway::deploy_run {

/// Reads the pipeline, checks every step against what its tool says of itself, and decides what
/// runs; starts no step. Throws usage with file and line for all that is wrong in the file.
Deployment prepare(Options const& options, tool::Context& context);

} // namespace slipway::deploy_run
