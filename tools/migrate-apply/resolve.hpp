// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::migrate_apply {

/// Marks one begun migration as applied or as rolled back, as the layout's own program does.
void resolve(Session& session);

/// Marks all migrations up to --to as applied, in one transaction, without running them.
void baseline(Session& session);

} // namespace slipway::migrate_apply
