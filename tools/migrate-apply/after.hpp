// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "expected.hpp"

namespace slipway::migrate_apply {

/// Looks at what the applied migrations have left: their objects exist, their assertions and those
/// of --assert hold, no index is invalid, no constraint unvalidated. Adds checks; false where one
/// failed.
bool check_afterwards(
    Session& session,
    std::vector<Prepared> const& applied,
    Expected const& expected);

/// The part of it that any database can be asked, whatever was applied.
void check_leftovers(Session& session);

} // namespace slipway::migrate_apply
