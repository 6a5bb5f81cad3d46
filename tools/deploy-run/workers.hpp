// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "execute.hpp"
#include "time/clock.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace slipway::deploy_run {

/// A step that has ended.
struct Done {
    std::size_t index = 0;
    Result result;
    time::Milliseconds duration{0};
};

/// The threads of steps that run at the same time; the destructor waits for them.
class Workers {
public:
    explicit Workers(time::Clock& clock) : clock_(clock) {}

    /// Begins the work of step `index`, which must not throw.
    void start(std::size_t index, std::function<Result()> work);

    [[nodiscard]] std::size_t running() const { return running_; }

    /// Waits for the next one that ends; there must be one.
    Done wait();

private:
    time::Clock& clock_;
    std::size_t running_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Done> done_;
    std::vector<std::jthread> threads_; // the last member: they use the others
};

} // namespace slipway::deploy_run
