// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "db_restore.hpp"
#include "pg/quote.hpp"
#include "pg/server_error.hpp"
#include "table_script.hpp"
#include "table_ties.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::db_restore {

/// A table of the backup, and the live one that it replaces.
struct ChosenTable {
    backup::Table table;
    std::int64_t live = 0; // its oid; 0 where it is gone
    std::optional<TableScript> script;
    TableTies ties;

    [[nodiscard]] std::string sql() const { return pg::qualified(table.schema, table.name); }
    [[nodiscard]] std::string words() const { return table.schema + "." + table.name; }
};

/// The tables of --table; throws usage where the backup has none of that name, or several.
std::vector<ChosenTable> choose_tables(backup::Manifest const& manifest, Options const& options);

/// Finds the live ones.
void find_live(pg::Connection& connection, std::vector<ChosenTable>& tables);

/// The error of a restore of tables with what to do: of a key that the restored rows do not keep.
Error explain(pg::ServerError const& error);

} // namespace slipway::db_restore
