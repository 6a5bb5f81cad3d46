// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/record.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::preflight {

/// How many points a check of a severity is worth: critical 10, major 5, minor 2, info none.
std::int64_t weight(record::Severity severity);

/// 0 to 100: the points of the checks that passed, and half of those that warned, among the points
/// of all that were looked at. Skipped checks do not count; an undecided one earns nothing.
struct Score {
    double earned = 0;
    std::int64_t possible = 0;
    std::string arithmetic; // `critical 8 of 8 × 10, major 9.5 of 11 × 5, …`

    /// Rounded down, so that 100 means that nothing is amiss; 0 where nothing was looked at.
    [[nodiscard]] std::int64_t value() const;
};

Score score_of(std::vector<record::Check> const& checks);

} // namespace slipway::preflight
