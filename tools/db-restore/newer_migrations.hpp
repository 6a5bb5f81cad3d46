// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "pg/connection.hpp"
#include "tool/context.hpp"

#include <string>
#include <vector>

namespace slipway::db_restore {

/// The migrations that were applied to the connected database after that instant, of the histories
/// of all layouts: they are undone with what was written. Known by the time that the history has,
/// by slipway.execution_log, or, where the history has a row a migration and no time, by how many
/// rows it had in the backup, if that is given. A history that cannot be read is warned of.
std::vector<std::string> migrations_since(
    pg::Connection& connection,
    time::Instant since,
    backup::Manifest const* backup,
    tool::Context& context);

/// Those that the histories of `live` have and those of `restored` have not: exact, but known only
/// when it is restored.
std::vector<std::string>
migrations_beyond(pg::Connection& live, pg::Connection& restored, tool::Context& context);

} // namespace slipway::db_restore
