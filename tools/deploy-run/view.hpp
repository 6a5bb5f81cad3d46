// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/logger.hpp"
#include "time/clock.hpp"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace slipway::deploy_run {

/// Whether a reader on a terminal sees UTF-8, as far as the locale's variables tell.
bool shows_utf8(log::Settings const& settings);

/// Hands a line of a step's output on to the log under the step's id; the JSON lines of a tool
/// keep their level.
void forward(log::Logger& log, std::string_view id, std::string_view line);

/// Shows running steps: a status line with the times on a terminal, a group each in CI.
class View {
public:
    View(log::Logger& log, std::size_t total);
    View(View const&) = delete;
    View& operator=(View const&) = delete;
    View(View&&) = delete;
    View& operator=(View&&) = delete;
    ~View();

    /// What stands at the front of all that is said of a step: `[3/8] migrate`.
    [[nodiscard]] std::string head(std::size_t number, std::string_view id) const;

    /// The step begins; `what` is its command line. Groups do not nest: what steps that run
    /// `together` say is kept in CI until each has ended.
    void begin(std::size_t number, std::string_view id, std::string_view what, bool together);

    /// A line of its output; from any thread.
    void line(std::size_t number, std::string_view id, std::string_view text);

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

    /// Takes the status line away, for a question to be asked, until the next step begins.
    void pause();

private:
    struct Running {
        std::string title;
        std::string group; // its heading, where its lines are kept
        std::vector<std::string> lines;
        std::chrono::steady_clock::time_point started;
    };

    [[nodiscard]] std::string status() const;

    log::Logger& log_;
    std::size_t total_;
    bool utf8_;
    std::mutex mutable mutex_;
    std::map<std::size_t, Running> running_; // by number
    std::jthread ticker_;
};

} // namespace slipway::deploy_run
