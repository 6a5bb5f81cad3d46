// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::migrate_apply {

/// Says, statement by statement, what apply would do; writes nothing to the database.
void plan(Session& session);

} // namespace slipway::migrate_apply
