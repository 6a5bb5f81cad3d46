// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

#include <string_view>
#include <vector>

namespace slipway::test_run {

/// The regular files that a pattern names, sorted: `*`, `?` and `[…]` within one name, `**` for
/// any folders; a name without these is itself. Below `**` neither links to folders nor
/// hidden folders are entered. Throws usage where there are more than ten thousand.
std::vector<fs::Path> expand(std::string_view pattern);

} // namespace slipway::test_run
