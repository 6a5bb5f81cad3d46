// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace slipway::support {

/// What one JSON value becomes, told plainly: the rules of docs/tools/links-migrate.md once more,
/// in C++ and one value at a time, for an empty target.
struct Transformed {
    std::vector<std::string> links; // `position type label url`, by position
    std::map<std::string, int> reasons;
    int duplicates = 0;
    int blank = 0;
};

Transformed transformed(nlohmann::ordered_json const& value);

} // namespace slipway::support
