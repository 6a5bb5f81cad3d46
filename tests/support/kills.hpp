// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ci/environment.hpp"
#include "support/run_tool.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace slipway::support {

/// Whether the full fault counts are asked for (make test-faults).
inline bool full_faults() {
    return ci::variable("SLIPWAY_FAULTS").value_or("") == "full";
}

/// Random instants of a tool's run or of a stretch of it, the same ones each time where its runs
/// take as long.
class Instants {
public:
    /// `length`: how long one undisturbed run took, or that stretch of it.
    explicit Instants(std::chrono::microseconds length, unsigned seed = 20260131)
        : length_(length), random_(seed) {}

    [[nodiscard]] std::chrono::microseconds next() {
        std::uniform_int_distribution<std::int64_t> instant{0, length_.count()};
        return std::chrono::microseconds{instant(random_)};
    }

    /// A run that ended by itself, and was shorter where a busy machine had made the others long.
    void saw(ToolRun const& run) {
        if (run.signal == 0 && run.left) {
            length_ = std::min(length_, *run.left);
        }
    }

private:
    std::chrono::microseconds length_;
    std::mt19937 random_;
};

} // namespace slipway::support
