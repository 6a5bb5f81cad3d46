// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment.hpp"
#include "tool/context.hpp"

namespace slipway::deploy_run {

/// Runs the steps in their order, filling the record after each; stops at the first failure but
/// for steps that always run. Throws with the failed step's kind, so that the pipeline ends with
/// the step's own exit code.
void run_steps(Deployment& deployment, tool::Context& context);

} // namespace slipway::deploy_run
