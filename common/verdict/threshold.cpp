// SPDX-License-Identifier: Apache-2.0
#include "verdict/threshold.hpp"

#include "error/error.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace slipway::verdict {

std::string_view name(State state) {
    switch (state) {
    case State::normal:
        return "normal";
    case State::warning:
        return "warning";
    case State::critical:
        return "critical";
    }
    return "";
}

State Threshold::of(double value) const {
    auto const beyond = [&](std::optional<double> limit) {
        return limit && (worse == Worse::higher ? value > *limit : value < *limit);
    };
    return beyond(critical) ? State::critical : beyond(warning) ? State::warning : State::normal;
}

std::string Threshold::words(State state) const {
    auto const limit = state == State::critical  ? critical
                       : state == State::warning ? warning
                                                 : std::nullopt;
    return limit ? fmt::format("{} {:g}", worse == Worse::higher ? "above" : "below", *limit) : "";
}

Hysteresis::Hysteresis(Threshold threshold) : threshold_(threshold) {
    if (threshold.in_a_row < 1) {
        throw Error{ErrorKind::internal, "a threshold changes its state after no sample"};
    }
}

State Hysteresis::add(double value) {
    if (!std::isfinite(value)) {
        throw Error{ErrorKind::internal, "a threshold was given a value that is no number"};
    }
    last_.push_back(threshold_.of(value));
    if (last_.size() > threshold_.in_a_row) {
        last_.pop_front();
    }
    if (last_.size() == threshold_.in_a_row) {
        auto const ends = std::minmax_element(last_.begin(), last_.end());
        if (*ends.first > state_) {
            state_ = *ends.first;
        } else if (*ends.second < state_) {
            state_ = *ends.second;
        }
    }
    worst_ = std::max(worst_, state_);
    return state_;
}

} // namespace slipway::verdict
