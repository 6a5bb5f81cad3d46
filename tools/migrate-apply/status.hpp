// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::migrate_apply {

/// Says where each migration stands; throws refused on drift and failed ones.
void status(Session& session);

} // namespace slipway::migrate_apply
