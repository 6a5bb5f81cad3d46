// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: reading history tables.
#pragma once

#include "migration/history.hpp"

#include <string>

namespace slipway::migration {

/// Whether there is a table of that name, quoted as in a statement.
bool table_exists(pg::Connection& connection, std::string const& table);

/// The rows of a history table by a query with the columns key, id, checksum, started_at,
/// finished_at, rolled_back and log; nothing where the table is not there.
History read_rows(pg::Connection& connection, std::string const& table, std::string const& query);

} // namespace slipway::migration
