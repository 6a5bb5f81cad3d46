// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/node.hpp"
#include "fs/file.hpp"
#include "json/value.hpp"

#include <string_view>
#include <vector>

namespace slipway::smoke_http {

/// The rows of a for_each: objects of variables. A list of scalars gives `item`; a file is CSV
/// (RFC 4180, names in its first line) or a JSON array of objects. `index` counts from 1.
std::vector<json::Box> read_rows(config::Node const& node, fs::Path const& folder);

/// The rows of a CSV text; throws usage with `name` and line.
std::vector<json::Box> read_csv(std::string_view text, std::string_view name);

} // namespace slipway::smoke_http
