// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "source.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::db_backup {

/// A table whose rows we read ourselves. Its names are in the database's own encoding, as in the
/// archive, and not in ours.
struct SplitTable {
    std::int64_t oid = 0;
    std::string shown;   // as messages name it, in UTF-8
    std::string name;    // quoted for SQL
    std::string pattern; // the name for pg_dump's options, all of it in quotes
    std::string columns; // `(a, "B")`, without dropped and generated ones
    std::int64_t pages = 0;
};

/// The largest first; none where pg_dump is to read all rows.
struct SplitPlan {
    std::vector<SplitTable> tables;

    [[nodiscard]] bool holds(std::int64_t oid) const;
};

/// Which of the selected tables take at least `larger_than` bytes, are kept by PostgreSQL's own
/// storage (heap), have a column to copy and can be read by a planned statement with an empty
/// search_path. The tables are held already; throws usage, naming
/// the table, where the role may not read all its rows.
SplitPlan plan_split(
    pg::Connection& connection,
    std::vector<SourceTable> const& selected,
    std::uint64_t larger_than);

/// A piece of a table's rows: those of some pages.
struct Stretch {
    std::size_t table = 0; // of the plan
    std::int64_t first = 0;
    std::int64_t end = -1; // the page behind the last one; -1: to the end of the table
};

/// Cuts the tables into stretches of equal size, the last of each without an end, so that no row
/// is left out whatever the table has grown to. Pure.
std::vector<Stretch> stretches(SplitPlan const& plan);

/// The COPY that reads a stretch; of a whole table as pg_dump would. Pure.
std::string copy_statement(SplitTable const& table, Stretch const& stretch);

} // namespace slipway::db_backup
