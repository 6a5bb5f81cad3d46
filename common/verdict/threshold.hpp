// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::verdict {

/// How bad the value of a metric is; ordered.
enum class State : std::uint8_t { normal, warning, critical };

/// `normal`, `warning` or `critical`.
std::string_view name(State state);

/// Which direction is the bad one.
enum class Worse : std::uint8_t { higher, lower };

/// The limits of one metric. A value exactly at a limit is still on the good side of it; a limit
/// that is not given is never passed.
struct Threshold {
    std::optional<double> warning;
    std::optional<double> critical;
    Worse worse = Worse::higher;
    std::size_t in_a_row = 2; // samples before the state changes, either way; at least 1

    /// The state of one value, without any memory.
    [[nodiscard]] State of(double value) const;

    /// `above 5` or `below 90`, for messages; empty where the limit of that state is not given.
    [[nodiscard]] std::string words(State state) const;
};

/// The state of a metric over time: it rises only after `in_a_row` samples that are all worse, to
/// the mildest of them, and falls only after as many that are all better, to the worst of them. A
/// sample that is missing is not told to it: it neither counts nor interrupts.
class Hysteresis {
public:
    explicit Hysteresis(Threshold threshold);

    /// Takes the next value, which must be finite; returns the state with it.
    State add(double value);

    [[nodiscard]] State state() const { return state_; }

    /// The worst state that there ever was.
    [[nodiscard]] State worst() const { return worst_; }

    [[nodiscard]] Threshold const& threshold() const { return threshold_; }

private:
    Threshold threshold_;
    std::deque<State> last_; // at most in_a_row
    State state_ = State::normal;
    State worst_ = State::normal;
};

} // namespace slipway::verdict
