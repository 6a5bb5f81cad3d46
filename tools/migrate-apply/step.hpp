// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::migrate_apply {

/// Runs one step of a script; an error gets its place and the statement.
void run_step(
    pg::Connection& connection,
    migration::Script const& script,
    migration::Step const& step);

/// The same on the session's connection, and as its around_step wants it.
void run_step(Session& session, migration::Script const& script, migration::Step const& step);

} // namespace slipway::migrate_apply
