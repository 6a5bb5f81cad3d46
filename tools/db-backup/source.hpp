// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "error/error.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace slipway::db_backup {

// What this file asks the server is the business of common/catalog, which takes its place.

/// What the server says of the database.
struct Facts {
    std::string server_version; // `15.20`
    std::string database;
    std::int64_t oid = 0;
    std::string system_identifier; // empty where the role may not read it
    std::uint64_t bytes = 0;
    std::string encoding;
    std::vector<std::string> roles;
};

/// Asks for the facts.
Facts facts_of(pg::Connection& connection);

/// A table with what it takes on the server's disk, without its indexes.
struct SourceTable {
    backup::Table table;
    std::uint64_t bytes = 0;
    bool counted_by_engine = false; // its rows are counted as they are copied
};

/// What is dumped.
struct Selection {
    std::vector<SourceTable> tables;
    std::vector<std::string> arguments; // for pg_dump: exact, quoted names
};

/// The tables to dump with `only` (all where that is empty), the rows of `without_rows` left out;
/// partitions go with their parent. Names are exact, `schema.name` or a name that occurs once;
/// throws usage for others. Holds each in ACCESS SHARE mode until the transaction ends; throws
/// refused, naming the table, where another session does not let it. Rows are not counted yet.
Selection select_tables(
    pg::Connection& connection,
    std::vector<std::string> const& only,
    std::vector<std::string> const& without_rows);

/// The error in other words where it says that the role may not read the table of that name, or
/// that another session does not let it; else as it is. Pure.
Error cannot_read(Error const& error, std::string const& name);

/// Whether a statement of ours that names all it means failed for something that it did not name:
/// planning evaluates functions in indexes and constraints, and these may need a search_path.
bool lacks_search_path(Error const& error);

/// Runs a statement inside the transaction; a second time with the search_path that the database
/// has for its sessions, where the empty one does not do. Throws as cannot_read() says.
pg::Result
plan_and_run(pg::Connection& connection, std::string const& sql, std::string const& name);

/// Counts the rows of each table that the engine does not count or, with `fingerprint`, of all, and
/// takes their fingerprints; calls back after each with how many are done. Fails where row-level
/// security would hide any.
void count_rows(
    pg::Connection& connection,
    std::vector<SourceTable>& tables,
    bool fingerprint,
    std::function<void(std::uint64_t)> const& on_progress = {});

} // namespace slipway::db_backup
