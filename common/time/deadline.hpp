// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time/clock.hpp"

#include <algorithm>
#include <optional>

namespace slipway::time {

/// A point on the steady clock after which a wait gives up; copied by value.
class Deadline {
public:
    /// The deadline that many milliseconds from now.
    static Deadline after(Milliseconds duration) {
        return Deadline{std::chrono::steady_clock::now() + duration};
    }

    /// No deadline: only for waits that another deadline or the stop token bounds.
    static Deadline never() { return Deadline{std::nullopt}; }

    /// The earlier of this one and that many milliseconds from now.
    [[nodiscard]] Deadline sooner(Milliseconds duration) const {
        auto const other = std::chrono::steady_clock::now() + duration;
        return Deadline{at_ && *at_ < other ? at_ : std::optional{other}};
    }

    /// What is left, at least 0; 24 days where there is no deadline (fits poll's int).
    [[nodiscard]] Milliseconds remaining() const {
        constexpr Milliseconds longest{2'000'000'000};
        if (!at_) {
            return longest;
        }
        auto const left = std::chrono::ceil<Milliseconds>(*at_ - std::chrono::steady_clock::now());
        return std::clamp(left, Milliseconds{0}, longest);
    }

    [[nodiscard]] bool expired() const { return at_ && std::chrono::steady_clock::now() >= *at_; }

    [[nodiscard]] bool is_never() const { return !at_; }

private:
    explicit Deadline(std::optional<Steady> at) : at_(at) {}
    std::optional<Steady> at_;
};

} // namespace slipway::time
