// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "tool/context.hpp"

#include <atomic>
#include <chrono>

namespace slipway::links_migrate {

/// The pauses of --throttle: after each batch as long as makes the rest that share of the time.
/// Safe to use from several threads.
class Rest {
public:
    explicit Rest(double share) : share_(share) {}

    /// Rests after that much work; throws where a stop was requested.
    void after(std::chrono::nanoseconds worked, tool::Context const& context);

    /// The share that was asked for and the one that was kept.
    [[nodiscard]] json::Value told() const;

private:
    double share_;
    std::atomic<std::int64_t> worked_{0}; // ns, of all connections
    std::atomic<std::int64_t> rested_{0};
};

} // namespace slipway::links_migrate
