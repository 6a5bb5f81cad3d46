// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"

namespace slipway::migrate_apply {

/// Runs the prepared migrations for real on a scratch copy of the target's schema, watches what each
/// statement does, and tells the difference of the schemas. Writes nothing to the target. Throws
/// refused where no shadow can be made; a migration's error as apply does.
void shadow(Session& target, std::vector<Prepared> const& prepared);

} // namespace slipway::migrate_apply
