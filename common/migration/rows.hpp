// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: reading history tables.
#pragma once

#include "migration/history.hpp"

#include <string>
#include <string_view>

namespace slipway::migration {

/// Whether there is a table of that name, quoted as in a statement.
bool table_exists(pg::Connection& connection, std::string const& table);

/// The rows of a history table by a query with the columns key, id, checksum, started_at,
/// finished_at, rolled_back and log; nothing where the table is not there.
History read_rows(pg::Connection& connection, std::string const& table, std::string const& query);

/// The rows of a table that lists what is applied, by a query with the columns key, id, time and xmin;
/// nothing where the table is not there. The time may be empty.
History read_applied(pg::Connection& connection, std::string const& table, std::string_view query);

} // namespace slipway::migration
