// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "sql/definition.hpp"

#include <optional>
#include <string_view>

/// Columns and constraints out of nodes of the parse tree; `source` is the statement's text.
namespace slipway::sql::tree {

/// The column of a ColumnDef node.
ColumnDefinition column(json::Value const& node, std::string_view source);

/// The constraint of a Constraint node; nothing where it is a default, an identity or an attribute.
std::optional<Constraint> constraint(json::Value const& node, std::string_view source);

/// Puts what a list of Constraint nodes says of a column or domain into its definition.
void qualify(ColumnDefinition& made, json::Value const& list, std::string_view source);

} // namespace slipway::sql::tree
