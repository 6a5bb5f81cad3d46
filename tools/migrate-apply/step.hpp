// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

namespace slipway::migrate_apply {

/// The server's error about a step, with its place and the statement.
Error located(
    pg::ServerError const& error,
    migration::Script const& script,
    migration::Step const& step);

/// Runs one step of a script, by `around` where there is one; an error gets its place and the
/// statement.
void run_step(
    pg::Connection& connection,
    migration::Script const& script,
    migration::Step const& step,
    AroundStep const& around = {});

} // namespace slipway::migrate_apply
