// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::migrate_apply {

/// Looks before a CREATE INDEX CONCURRENTLY whether an earlier try left its index: a valid one is
/// taken for done where the statement is run `again` after an interruption, an INVALID one is
/// dropped. True where nothing is left to be run.
bool index_is_there(Session& session, migration::Step const& step, bool again);

} // namespace slipway::migrate_apply
