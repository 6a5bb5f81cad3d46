// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::catalog {

struct Table {
    std::string schema;
    std::string name;
    std::int64_t bytes = 0;          // with indexes and TOAST; of all partitions
    std::int64_t estimated_rows = 0; // the planner's; -1 where it was never analysed
};

/// The tables of the database outside of the system's schemas, by schema and name; a partitioned
/// table counts once, its partitions with it.
std::vector<Table> tables(pg::Connection& connection);

using TableName = std::pair<std::string, std::string>; // schema, name

/// The exact number of rows of each table, in the order given: reads all of them.
std::vector<std::int64_t>
exact_rows(pg::Connection& connection, std::vector<TableName> const& names);

struct Column {
    std::string name;
    std::string type; // as SQL spells it: `character varying(20)`
    bool nullable = true;
    std::optional<std::string> default_expression;
};

/// The columns of a table or view in their order; empty where there is none of that name.
std::vector<Column>
columns(pg::Connection& connection, std::string_view schema, std::string_view name);

/// Whether a table, view, sequence or index of that name exists, `schema.name` as SQL spells it
/// (with quotes where it needs them); a name without a schema is looked up by search_path.
bool relation_exists(pg::Connection& connection, std::string_view name);

/// An index that a failed CREATE INDEX CONCURRENTLY left behind: it costs and does not serve.
struct InvalidIndex {
    std::string schema;
    std::string table;
    std::string name;
    std::string definition;
    bool being_built = false; // by a session that is at it now
};

std::vector<InvalidIndex> invalid_indexes(pg::Connection& connection);

/// A constraint that was added NOT VALID and never validated.
struct UnvalidatedConstraint {
    std::string schema;
    std::string table;
    std::string name;
    std::string definition;
};

std::vector<UnvalidatedConstraint> unvalidated_constraints(pg::Connection& connection);

/// The two above, in one round trip.
struct Leftovers {
    std::vector<InvalidIndex> indexes;
    std::vector<UnvalidatedConstraint> constraints;
};

Leftovers leftovers(pg::Connection& connection);

} // namespace slipway::catalog
