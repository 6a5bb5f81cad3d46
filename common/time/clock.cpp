// SPDX-License-Identifier: Apache-2.0
#include "time/clock.hpp"

#include <condition_variable>
#include <mutex>

namespace slipway::time {

Instant SystemClock::now() const {
    return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
}

Steady SystemClock::steady() const {
    return std::chrono::steady_clock::now();
}

bool SystemClock::sleep(Milliseconds duration, std::stop_token const& stop) {
    std::mutex mutex;
    std::condition_variable_any condition;
    std::unique_lock lock{mutex};
    condition.wait_for(lock, stop, duration, [] { return false; });
    return !stop.stop_requested();
}

} // namespace slipway::time
