// SPDX-License-Identifier: Apache-2.0
// How often a step is tried: once, until it succeeds, until the answer is as it has to become, or
// a number of times.
#include "retry/retry.hpp"
#include "runner.hpp"
#include "stats/quantile.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

Attempt Runner::try_once(Step const& step, World& world, int& attempts) {
    if (step.poll) {
        return poll(step, world, attempts);
    }
    for (int number = 1;; ++number) {
        auto made = attempt(step, world);
        ++attempts;
        if (made.final && !made.faults.empty() && number <= step.retries) {
            made.hint = made.hint.empty() ? "It was not tried again: stop_if holds." : made.hint;
            return made;
        }
        if (made.faults.empty() || made.not_tried || number > step.retries ||
            !pause(world, number + 1, made)) {
            return made;
        }
    }
}

// Waits before the next attempt; false where there is none any more.
bool Runner::pause(World& world, int attempt, Attempt const& last) {
    retry::Policy const policy;
    std::uniform_real_distribution<double> fraction{0.0, 1.0};
    auto wait = retry::wait_before(policy, attempt, fraction(random_));
    wait = std::max(wait, last.retry_after.value_or(wait));
    return wait < shared_.deadline.remaining() && world.sleep(wait);
}

Attempt Runner::poll(Step const& step, World& world, int& attempts) {
    auto const end = shared_.deadline.sooner(step.poll->limit);
    for (;;) {
        auto made = attempt(step, world);
        ++attempts;
        bool const again = made.pending || made.unreached;
        if (!again || made.not_tried || made.final) {
            return made;
        }
        if (step.poll->every >= end.remaining() || !world.sleep(step.poll->every)) {
            auto const tried = fmt::format(
                " (asked {} times within {})", attempts, time::human_duration(step.poll->limit));
            made.faults.front().message += tried;
            return made;
        }
    }
}

Attempt Runner::repeat(Step const& step, World& world, int& attempts) {
    std::vector<double> took_ms;
    Attempt last;
    for (std::int64_t number = 1; number <= step.repeat; ++number) {
        last = try_once(step, world, attempts);
        if (last.latency_ms) {
            took_ms.push_back(*last.latency_ms);
        }
        if (!last.faults.empty() || last.not_tried) {
            if (number > 1 && !last.faults.empty()) {
                auto& message = last.faults.front().message;
                message = fmt::format("call {} of {}: {}", number, step.repeat, message);
            }
            return last;
        }
    }
    auto late = judge_latency(step.expect.latency, took_ms);
    std::move(late.begin(), late.end(), std::back_inserter(last.faults));
    if (!took_ms.empty()) {
        constexpr double usual_rank = 0.95;
        last.latency_ms = stats::quantile(took_ms, usual_rank);
    }
    return last;
}

} // namespace slipway::smoke_http
