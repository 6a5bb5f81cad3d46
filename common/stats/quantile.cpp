// SPDX-License-Identifier: Apache-2.0
#include "stats/quantile.hpp"

#include "error/error.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::stats {

double quantile(std::vector<double> values, double q) {
    if (values.empty() || !(q >= 0 && q <= 1)) {
        throw Error{ErrorKind::internal, "a quantile of nothing, or out of range, was asked for"};
    }
    double const rank = q * static_cast<double>(values.size() - 1);
    auto const below = static_cast<std::ptrdiff_t>(std::floor(rank));
    auto const at = values.begin() + below;
    std::nth_element(values.begin(), at, values.end());
    double const share = rank - std::floor(rank);
    if (share == 0) {
        return *at;
    }
    double const next = *std::min_element(at + 1, values.end());
    return *at + share * (next - *at);
}

} // namespace slipway::stats
