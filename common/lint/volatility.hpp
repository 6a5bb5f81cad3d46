// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace slipway::lint {

/// The first of the functions that may give another value for each row: all but those of
/// PostgreSQL's own that are known to be stable or immutable.
std::optional<std::string> volatile_function(std::vector<std::string> const& functions);

} // namespace slipway::lint
