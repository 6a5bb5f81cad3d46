// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time/deadline.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace slipway::monitor {

/// Takes the lines of a log in their order.
class LineSink {
public:
    LineSink() = default;
    LineSink(LineSink const&) = delete;
    LineSink& operator=(LineSink const&) = delete;
    LineSink(LineSink&&) = delete;
    LineSink& operator=(LineSink&&) = delete;
    virtual ~LineSink() = default;

    /// One line without its end, at most 64 KiB of it; `mark` is where it begins, as the feed
    /// counts.
    virtual void line(std::string_view text, std::uint64_t mark) = 0;

    /// What comes next does not continue what was before.
    virtual void cut() = 0;
};

/// What one reading may cost.
struct Allowance {
    std::uint64_t bytes = 0;
    time::Deadline deadline = time::Deadline::never();
    std::stop_token stop;
};

/// How one reading went.
struct Fed {
    std::uint64_t bytes = 0;
    std::uint64_t lost_bytes = 0;   // passed over, or gone before they were read
    std::uint64_t behind_bytes = 0; // there and not read yet
    std::string note;               // rotated, truncated, …
    std::string gap;                // why nothing, or not all, was seen
};

/// Where the lines of a log come from; for one thread at a time.
class LogFeed {
public:
    LogFeed() = default;
    LogFeed(LogFeed const&) = delete;
    LogFeed& operator=(LogFeed const&) = delete;
    LogFeed(LogFeed&&) = delete;
    LogFeed& operator=(LogFeed&&) = delete;
    virtual ~LogFeed() = default;

    /// `file`, `journald`, ….
    [[nodiscard]] virtual std::string_view kind() const = 0;

    /// Hands on what came since the last reading. Throws what keeps it from reading at all.
    virtual Fed read(LineSink& into, Allowance const& allowance) = 0;

    /// Where another process would go on; `held` is the mark of the first line that the sink has
    /// not made an event of.
    [[nodiscard]] virtual std::string position(std::optional<std::uint64_t> held) = 0;

    /// Goes on where position() of an earlier process was; before the first read().
    virtual void resume(std::string const& position) = 0;
};

} // namespace slipway::monitor
