// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::links_migrate {

/// Moves the links, in batches; goes on with an unfinished run.
void migrate(Session& session);

/// What migrate would do, from one snapshot, writing nothing.
void rehearse(Session& session);

/// Compares source and target.
void verify(Session& session);

/// Removes what was written and not changed since; with --dry-run only counts.
void roll_back(Session& session);

/// Tells of the runs.
void status(Session& session);

/// The unfinished run that migrate would go on with; throws refused where it may not.
std::optional<Run> unfinished(Session& session, std::vector<Run> const& runs);

/// A run for the record's data.
json::Value to_json(Run const& run);

} // namespace slipway::links_migrate
