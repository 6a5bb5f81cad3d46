// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <stop_token>

namespace slipway::time {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;
using Milliseconds = std::chrono::milliseconds;
using Steady = std::chrono::steady_clock::time_point;

/// Where time comes from: the system's clock, or a test's.
class Clock {
public:
    Clock() = default;
    Clock(Clock const&) = delete;
    Clock& operator=(Clock const&) = delete;
    Clock(Clock&&) = delete;
    Clock& operator=(Clock&&) = delete;
    virtual ~Clock() = default;

    /// The civil time, UTC.
    [[nodiscard]] virtual Instant now() const = 0;

    /// A time that never goes back.
    [[nodiscard]] virtual Steady steady() const = 0;

    /// Waits, at most until a stop is requested; false where it was.
    virtual bool sleep(Milliseconds duration, std::stop_token const& stop) = 0;
};

/// The system's clocks.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] Steady steady() const override;
    bool sleep(Milliseconds duration, std::stop_token const& stop) override;
};

} // namespace slipway::time
