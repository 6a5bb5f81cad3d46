// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "observation.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::monitor {

// On fewer requests no share and no quantile is told; a p99 wants more.
inline constexpr std::size_t least_requests = 20;
inline constexpr std::size_t least_requests_p99 = 50;

/// The requests to one endpoint over the last while; at most 1,000 of them.
class RequestWindow {
public:
    explicit RequestWindow(time::Milliseconds length) : length_(length) {}

    void add(time::Instant at, Answer const& answer);

    /// Lets go what is older than the window at that time.
    void move_to(time::Instant now);

    /// All requests but those answered 429, which the limit and not the service refused.
    [[nodiscard]] std::size_t requests() const { return items_.size() - limited_; }
    [[nodiscard]] std::size_t limited() const { return limited_; }
    [[nodiscard]] std::size_t errors() const { return errors_; }

    /// The times of the right answers, in ms.
    [[nodiscard]] std::vector<double> latencies() const;

private:
    struct Item {
        time::Instant at;
        double ms;
        bool expected;
        bool limited;
    };
    void drop_first();

    time::Milliseconds length_;
    std::deque<Item> items_;
    std::size_t limited_ = 0;
    std::size_t errors_ = 0;
};

/// The server's counters over the last while, at most 1,000 samples of them: what they rose by. A
/// reset of the statistics or a restart of the server makes all before it void.
class CounterWindow {
public:
    explicit CounterWindow(time::Milliseconds length) : length_(length) {}

    /// Takes the counters of a sample, if it has them.
    void add(Sample const& sample);

    /// What is before has nothing to do with what comes.
    void forget() { items_.clear(); }

    /// How often the server was seen to have restarted.
    [[nodiscard]] std::int64_t restarts() const { return restarts_; }

    /// `pg.deadlocks`, `pg.rollback_ratio`, …: those that enough of a rise is known for.
    [[nodiscard]] std::map<std::string, double> rates() const;

private:
    struct Item {
        time::Instant at;
        std::map<std::string, double> counters;
        double reset;
        double started;
    };
    [[nodiscard]] double rise(std::string const& counter) const;

    time::Milliseconds length_;
    std::deque<Item> items_;
    std::int64_t restarts_ = 0;
    std::optional<double> started_;
};

} // namespace slipway::monitor
