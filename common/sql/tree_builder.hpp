// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <optional>

namespace slipway::sql {

/// The JSON text that libpg_query makes as a value; nothing where it is not JSON. Of any depth.
std::optional<json::Value> build_tree(char const* text);

} // namespace slipway::sql
