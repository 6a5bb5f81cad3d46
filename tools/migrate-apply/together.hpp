// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"

namespace slipway::migrate_apply {

/// Applies all in one transaction. Throws refused before anything is touched where one of them
/// cannot be rolled back; on another failure none of them is applied, and what this run did says
/// `rolled_back` of the one that failed.
void apply_together(Session& session, std::vector<Prepared> const& prepared);

} // namespace slipway::migrate_apply
