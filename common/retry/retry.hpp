// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "time/clock.hpp"
#include "time/deadline.hpp"

#include <functional>
#include <stop_token>
#include <string>

namespace slipway::retry {

/// An error of another side that said how long to wait before the next attempt (Retry-After).
class Later : public Error {
public:
    Later(Error const& error, time::Milliseconds wait) : Error(error), wait_(wait) {}

    [[nodiscard]] time::Milliseconds wait() const noexcept { return wait_; }

private:
    time::Milliseconds wait_;
};

/// How often and how long: waits grow twofold from `first` to `cap`, each shortened at random by
/// up to `jitter` of itself so that parallel runners do not knock together.
struct Policy {
    int attempts = 5;
    time::Milliseconds first{200};
    time::Milliseconds cap{5000};
    double jitter = 0.5;
};

/// The wait before attempt number `attempt` (the second is 2); `random` is in [0, 1).
time::Milliseconds wait_before(Policy const& policy, int attempt, double random);

/// Where the waiting happens and what ends it.
struct Patience {
    time::Clock& clock;
    time::Deadline deadline = time::Deadline::never();
    std::stop_token stop;
};

/// Decides after a failed attempt: waits and returns, or throws the error, which then says how
/// many attempts there were. Used by run(); stands apart so that it is compiled once.
class Attempts {
public:
    Attempts(
        Policy policy,
        Patience patience,
        std::function<void(Error const&, time::Milliseconds)> told);

    /// Call with the error of an attempt that may be tried again; a Later is waited for at least
    /// as long as it says.
    void failed(Error const& error);

private:
    Policy policy_;
    Patience patience_;
    std::function<void(Error const&, time::Milliseconds)> told_;
    int made_ = 0;
};

/// Runs `work` until it succeeds, fails with an error that `transient` does not know, the
/// attempts or the deadline are used up, or a stop is requested; `told` hears of each wait.
template <class Work>
auto run(
    Policy const& policy,
    Patience const& patience,
    std::function<bool(Error const&)> const& transient,
    Work&& work,
    std::function<void(Error const&, time::Milliseconds)> told = {}) {
    Attempts attempts{policy, patience, std::move(told)};
    for (;;) {
        try {
            return work();
        } catch (Error const& error) {
            if (!transient(error)) {
                throw;
            }
            attempts.failed(error);
        }
    }
}

/// Transient for most doors: the other side was not reachable.
bool unavailable(Error const& error);

} // namespace slipway::retry
