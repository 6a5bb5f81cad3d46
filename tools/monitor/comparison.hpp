// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baseline.hpp"
#include "readings.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::monitor {

/// What the samples say of a metric beside the baseline.
enum class Verdict : std::uint8_t { undecided, healthy, regressed };
std::string_view name(Verdict verdict);

/// The samples after a deployment against those before it, metric by metric, by bets on bad
/// samples; may be looked at after every one.
class Comparison {
public:
    struct Plan {
        std::size_t samples = 240;        // that are to come, as known before the first
        time::Milliseconds least_time{0}; // before which nothing is called healthy
        time::Milliseconds warm_up{0};    // of which the samples are left out
    };

    struct Line {
        Gate const* gate = nullptr;
        stats::ExceedanceProcess process;
        Verdict verdict = Verdict::undecided;
        std::map<std::size_t, time::Instant> onsets; // by how many values came before
    };

    /// Compares what the baseline has at least stats::least_usual values of.
    Comparison(Baseline const& baseline, Plan const& plan);

    /// Takes the values of the next sample; those of before the baseline's end are left out.
    /// Returns what was decided by it.
    std::vector<Key> add(time::Instant at, std::map<Key, double> const& readings);

    /// Regressed where one is, healthy where all that have to be are.
    [[nodiscard]] Verdict verdict() const;

    /// The odds that a metric is called regressed at: 20 for each metric that is compared, so that
    /// all of them together raise a false alarm with a chance of a twentieth.
    [[nodiscard]] double limit() const;

    [[nodiscard]] std::map<Key, Line> const& lines() const { return lines_; }
    [[nodiscard]] std::size_t warmed_up() const { return warmed_up_; }

    /// `9 of 11 samples above 180 ms, 20 % expected; odds 646:1; onset 14:03`.
    [[nodiscard]] std::string words(Key const& key, Line const& line) const;

private:
    void decide(Line& line, bool late_enough) const;

    Plan plan_;
    time::Instant after_;
    std::map<Key, Line> lines_;
    std::optional<time::Instant> first_;
    std::size_t warmed_up_ = 0;
};

} // namespace slipway::monitor
