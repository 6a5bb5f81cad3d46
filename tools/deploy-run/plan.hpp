// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment.hpp"
#include "tool/context.hpp"

namespace slipway::deploy_run {

/// Tells in the log what would run and what would not, and draws it in the record.
void tell_plan(Deployment const& deployment, tool::Context& context);

} // namespace slipway::deploy_run
