// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"

namespace slipway::migrate_apply {

/// Takes applied migrations back by their down scripts, the last first: the last one alone, or as
/// --to and --only say. Says what it does and what data that loses before it acts; throws refused
/// where rows would be lost and --accept-data-loss was not given.
void down(Session& session);

/// The way back of each of these; throws refused, naming the migration, where one has none.
std::vector<Prepared> ways_back(std::vector<migration::Item const*> const& items);

/// Runs one way back and takes the migration's row out of the history, in one transaction where
/// the script allows that.
void take_back(Session& session, Prepared const& prepared);

} // namespace slipway::migrate_apply
