// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::migrate_apply {

/// Looks whether history, folder and database agree, and whether the assertions of the applied
/// migrations and of --assert hold; writes nothing.
void verify(Session& session);

} // namespace slipway::migrate_apply
