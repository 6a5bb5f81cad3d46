// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "sql/action.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::sql::tree {

/// What DROP, RENAME, SET SCHEMA, OWNER, COMMENT, GRANT, TRUNCATE, LOCK and maintenance do; nothing
/// for other nodes.
std::optional<std::vector<Action>> object_actions(std::string const& type, json::Value const& node);

/// What statements on rows and SET do; nothing for other nodes.
std::optional<std::vector<Action>> data_actions(std::string const& type, json::Value const& node);

} // namespace slipway::sql::tree
