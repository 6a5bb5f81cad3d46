// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

namespace slipway::stats {

/// Quantiles of any number of values in bounded memory: values are counted in buckets whose bounds
/// grow by 2 %, so that a quantile is within 1 % of a value of that rank (the idea of DDSketch,
/// Masson, Rim and Lee 2019). Values below 1e-6, zero and negative ones, count as 0, those above
/// 1e15 as 1e15; least, greatest and mean are exact.
class Sketch {
public:
    /// Takes a value, which must be finite.
    void add(double value);

    [[nodiscard]] std::int64_t count() const { return count_; }

    /// The value of rank ceil(q * count), the least for q = 0; without values, or with a `q` out of
    /// range, an internal error, as are the three below.
    [[nodiscard]] double quantile(double q) const;

    [[nodiscard]] double least() const;
    [[nodiscard]] double greatest() const;
    [[nodiscard]] double mean() const;

private:
    void require_values() const;

    std::map<int, std::int64_t> buckets_; // at most 2,500, by the logarithm of their upper bound
    std::int64_t small_ = 0;
    std::int64_t count_ = 0;
    double least_ = 0;
    double greatest_ = 0;
    double mean_ = 0;
};

} // namespace slipway::stats
