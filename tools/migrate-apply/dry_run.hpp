// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"

namespace slipway::migrate_apply {

/// Runs the prepared migrations as --dry-run says, without a trace on the target.
void dry_run(Session& session, std::vector<Prepared> const& prepared);

} // namespace slipway::migrate_apply
