// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "judge.hpp"

#include <optional>
#include <vector>

namespace slipway::monitor {

/// Where a size is going, on a straight line from its first value to its last.
struct Growth {
    Key key;
    double per_day = 0;
    std::optional<double> limit;          // the next one that it is not beyond
    std::optional<time::Instant> reached; // when; nothing where it does not grow, or in a century
};

/// Of the sizes with at least 20 points.
std::vector<Growth> growth_of(Judge const& judge);

} // namespace slipway::monitor
