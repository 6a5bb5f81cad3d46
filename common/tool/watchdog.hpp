// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "signal/stop.hpp"
#include "time/clock.hpp"

#include <optional>
#include <thread>

namespace slipway::tool {

/// Stops the tool when its own deadline passes.
class Watchdog {
public:
    Watchdog(std::optional<time::Milliseconds> limit, signal::StopSource& stop) {
        if (limit) {
            thread_ = std::jthread{[limit, &stop](std::stop_token const& ended) {
                time::SystemClock clock;
                if (clock.sleep(*limit, ended)) {
                    stop.deadline_passed();
                }
            }};
        }
    }

private:
    std::jthread thread_;
};

} // namespace slipway::tool
