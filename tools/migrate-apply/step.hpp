// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migration/script.hpp"
#include "pg/connection.hpp"

namespace slipway::migrate_apply {

/// Runs one step of a script; an error gets its place and the statement.
void run_step(
    pg::Connection& connection,
    migration::Script const& script,
    migration::Step const& step);

} // namespace slipway::migrate_apply
