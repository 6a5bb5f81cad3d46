// SPDX-License-Identifier: Apache-2.0
#include "workers.hpp"

namespace slipway::deploy_run {

void Workers::start(std::size_t index, std::function<Result()> work) {
    ++running_;
    threads_.emplace_back([this, index, work = std::move(work)] {
        auto const started = clock_.steady();
        Done done{index, work(), {}};
        done.duration = std::chrono::duration_cast<time::Milliseconds>(clock_.steady() - started);
        std::scoped_lock const lock{mutex_};
        done_.push_back(std::move(done));
        changed_.notify_one();
    });
}

Done Workers::wait() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [&] { return !done_.empty(); });
    Done done = std::move(done_.front());
    done_.pop_front();
    --running_;
    return done;
}

} // namespace slipway::deploy_run
