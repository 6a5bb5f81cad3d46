// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migrate_apply.hpp"

namespace slipway::migrate_apply {

/// Attaches to a run on the same database, started elsewhere, and tells what it does until it
/// ends: statement, phase and share, what it holds and waits for, whom it blocks. Finds it by the
/// lock of the deployment; waits for one to begin as --wait says. Reads only.
void watch(Options const& options, tool::Context& context);

} // namespace slipway::migrate_apply
