// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"

namespace slipway::migrate_apply {

/// Where --plan names a record: refuses unless these migrations, the history and what they touch
/// are what the plan rests on, and names each difference. In production in CI a plan is required.
void require_plan(Session& session, std::vector<Prepared> const& prepared);

} // namespace slipway::migrate_apply
