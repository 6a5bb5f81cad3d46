// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metrics.hpp"
#include "observation.hpp"
#include "stats/exceedance.hpp"

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace slipway::monitor {

/// A metric that is held against the baseline, one value a sample.
struct Gate {
    std::string_view metric; // one of all_metrics()
    stats::Margin margin;
    double bearable = 0.5; // the share of bad samples that health is to exclude
    bool required = true;  // false: too little traffic to say is no doubt about the run
};

/// All of them.
std::span<Gate const> all_gates();

/// The gate of a metric; null where it is not compared.
Gate const* find_gate(std::string_view metric);

/// Makes of a sample the one value a metric that is compared: the median of a sample's right
/// answers, what counters rose by since the last sample. No request or counter is in two of them.
class Readings {
public:
    /// What a sample says; a metric that it says nothing of is not in it.
    std::map<Key, double> of(Sample const& sample);

    /// What counters rose by since the last sample is not known.
    void forget() { before_.clear(); }

    /// The last 500 values of each.
    [[nodiscard]] std::map<Key, std::deque<double>> const& kept() const { return kept_; }

private:
    void add_counters(Sample const& sample, std::map<Key, double>& out);

    std::map<std::string, double> before_; // counters at the last sample
    std::map<Key, std::deque<double>> kept_;
};

} // namespace slipway::monitor
