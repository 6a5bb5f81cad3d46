// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/spec.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::tool {

/// The values of an option in a --config file: under the tool's name, else at the top where they
/// hold for all tools (`environment: staging`, `db-backup: {keep: 7}`). Throws usage with file
/// and line where the file is malformed or names an option that the tool does not have.
std::optional<std::vector<std::string>>
configured_values(fs::Path const& path, std::string_view tool, cli::Option const& option);

} // namespace slipway::tool
