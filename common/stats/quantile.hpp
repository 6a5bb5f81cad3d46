// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace slipway::stats {

/// The value below which the share `q` (0 to 1) of the values lies, by linear interpolation between
/// the ranks 0 to n-1: Hyndman and Fan's definition 7, as R, NumPy and spreadsheets have it. The
/// values need no order and must be finite; none at all, or a `q` out of range, is an internal
/// error.
double quantile(std::vector<double> values, double q);

} // namespace slipway::stats
