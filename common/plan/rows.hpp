// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/schema.hpp"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace slipway::plan {

/// Inside the room: spells the queries that find the rows which break a rule.
///
/// Each is a pair: the number of these rows, and their keys (of the primary key, else the place in
/// the table), to be followed by LIMIT.
struct Queries {
    std::string count;
    std::string keys;
};

/// Inside the room: the rows that a query goes through, and what names one of them.
struct Rows {
    std::string from; // a table or a subquery
    std::string name; // what it is called, as expressions may name it
    std::string key;  // an expression; empty where nothing names a row
};

/// Inside the room: the rows of a table.
Rows rows_of(Relation const& relation);

/// Inside the room: the rows of a table with one more column, computed by `value`.
Rows rows_with(Relation const& relation, std::string const& column, std::string const& value);

/// Inside the room: the rows of a table with the key and the column alone, which is called `value`.
Rows values_of(Relation const& relation, std::string const& column);

Queries breaking(Rows const& rows, std::string const& condition);

/// Those that share their values with another one; `count` has a second column: how many values.
Queries duplicates(
    Rows const& rows,
    std::span<std::string const> expressions,
    std::string const& condition,
    bool nulls_equal);

/// Those that stand in the operators' relation to another one.
Queries excluding(
    Rows const& rows,
    std::span<std::string const> expressions,
    std::span<std::string const> operators,
    std::string const& condition);

/// Those whose columns have no match in the columns of the other table.
Queries orphans(
    Rows const& rows,
    std::span<std::string const> columns,
    Relation const& other,
    std::span<std::string const> other_columns,
    bool match_full);

/// The rows themselves, up to 100,000 and one more.
Queries any_row(Relation const& relation);

} // namespace slipway::plan
