// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/logger.hpp"
#include "time/clock.hpp"

#include <string>
#include <string_view>
#include <thread>

namespace slipway::deploy_run {

/// Whether a reader on a terminal sees UTF-8, as far as the locale's variables tell.
bool shows_utf8(log::Settings const& settings);

/// Hands a line of a step's output on to the log under the step's id; the JSON lines of a tool
/// keep their level.
void forward(log::Logger& log, std::string_view id, std::string_view line);

/// Shows a running step: a status line with the time on a terminal, a group in CI.
class View {
public:
    View(log::Logger& log, std::size_t total);

    /// What stands at the front of all that is said of a step: `[3/8] migrate`.
    [[nodiscard]] std::string head(std::size_t number, std::string_view id) const;

    /// The step begins; `what` is its command line.
    void begin(std::size_t number, std::string_view id, std::string_view what);

    /// The step has ended: `[3/8] migrate ✓ 1.2 s — summary`.
    void
    end(std::size_t number,
        std::string_view id,
        bool good,
        std::string_view status,
        time::Milliseconds duration,
        std::string_view summary);

    /// The step does not run: `[3/8] migrate - skipped: why`.
    void skipped(std::size_t number, std::string_view id, std::string_view how);

private:
    log::Logger& log_;
    std::size_t total_;
    bool utf8_;
    std::jthread ticker_;
};

} // namespace slipway::deploy_run
