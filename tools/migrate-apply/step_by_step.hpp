// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"

namespace slipway::migrate_apply {

/// Applies a migration that holds statements which the server runs in no transaction: one by one,
/// going on where an earlier run was interrupted. The history says after each how far it came.
void apply_step_by_step(Session& session, Prepared const& prepared);

} // namespace slipway::migrate_apply
