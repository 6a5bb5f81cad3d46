// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time/clock.hpp"

#include <vector>

namespace slipway::support {

/// A clock that stands still but for sleep(), which moves it on at once and notes how far.
class FakeClock final : public time::Clock {
public:
    explicit FakeClock(time::Instant start = time::Instant{time::Milliseconds{1'769'853'600'123}})
        : now_(start) {}

    [[nodiscard]] time::Instant now() const override { return now_; }
    [[nodiscard]] time::Steady steady() const override { return steady_; }

    bool sleep(time::Milliseconds duration, std::stop_token const& stop) override {
        if (stop.stop_requested()) {
            return false;
        }
        sleeps.push_back(duration);
        now_ += duration;
        steady_ += duration;
        return true;
    }

    std::vector<time::Milliseconds> sleeps;

private:
    time::Instant now_;
    time::Steady steady_{};
};

} // namespace slipway::support
