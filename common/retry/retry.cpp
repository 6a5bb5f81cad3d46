// SPDX-License-Identifier: Apache-2.0
#include "retry/retry.hpp"

#include "signal/stop.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace slipway::retry {

namespace {
double random_fraction() {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(generator);
}
} // namespace

time::Milliseconds wait_before(Policy const& policy, int attempt, double random) {
    int const doublings = std::clamp(attempt - 2, 0, 30);
    auto const full = std::min<std::int64_t>(policy.cap.count(), policy.first.count() << doublings);
    return time::Milliseconds{
        static_cast<std::int64_t>(static_cast<double>(full) * (1.0 - policy.jitter * random))};
}

Attempts::Attempts(
    Policy policy,
    Patience patience,
    std::function<void(Error const&, time::Milliseconds)> told)
    : policy_(policy), patience_(std::move(patience)), told_(std::move(told)) {}

void Attempts::failed(Error const& error) {
    ++made_;
    auto wait = wait_before(policy_, made_ + 1, random_fraction());
    if (auto const* later = dynamic_cast<Later const*>(&error)) {
        wait = std::max(wait, later->wait());
    }
    if (made_ >= policy_.attempts || patience_.deadline.remaining() <= wait) {
        throw made_ == 1 ? error : error.with_context(fmt::format("after {} attempts", made_));
    }
    if (told_) {
        told_(error, wait);
    }
    if (!patience_.clock.sleep(wait, patience_.stop)) {
        throw signal::stopped_error();
    }
}

bool unavailable(Error const& error) {
    return error.kind() == ErrorKind::unavailable;
}

} // namespace slipway::retry
