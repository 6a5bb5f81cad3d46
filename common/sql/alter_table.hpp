// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "sql/action.hpp"

#include <string_view>
#include <vector>

namespace slipway::sql::tree {

/// What the commands of an AlterTableStmt node do, which ALTER INDEX, VIEW, TYPE, … share.
std::vector<Action> alter_table(json::Value const& node, std::string_view source);

/// What a CreateStmt node makes.
Action create_table(json::Value const& node, std::string_view source);

} // namespace slipway::sql::tree
