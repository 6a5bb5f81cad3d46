// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/tables.hpp"
#include "pg/connection.hpp"
#include "pg/quote.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::links_migrate {

/// A table of the mapping as the server knows it.
struct Relation {
    std::int64_t oid = 0;
    std::string schema;
    std::string name;
    std::int64_t rows = 0; // the planner's estimate
    std::vector<catalog::Column> columns;

    [[nodiscard]] std::string spelled() const { return pg::qualified(schema, name); }
};

/// Throws refused.
[[noreturn]] void refuse(std::string message, std::string hint);

/// The table of that name in `schema` (empty: by search_path); throws refused where there is none
/// or row security hides some of it.
Relation find_table(pg::Connection& connection, std::string const& schema, std::string const& name);

/// The column; throws refused where there is none.
catalog::Column const& column(Relation const& relation, std::string const& name);

/// Throws refused where the column is of none of the types.
void require_type(
    Relation const& relation,
    std::string const& name,
    std::vector<std::string> const& types);

/// The values of the column's enum in their order; none where its type is no enum.
std::vector<std::string>
enum_labels(pg::Connection& connection, Relation const& relation, std::string const& name);

/// Whether a row that is copied into the table stays as it was given: no trigger before, no rule.
bool keeps_rows_as_given(pg::Connection& connection, Relation const& relation);

/// Whether the type is text or character varying, of any length.
bool is_text(std::string const& type);

/// The characters that a text column holds; 0 where there is no limit.
std::size_t characters(std::string const& type);

} // namespace slipway::links_migrate
