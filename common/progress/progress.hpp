// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log/logger.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace slipway::progress {

enum class Unit : std::uint8_t { count, bytes };

/// `412 MB`, `1.2 GB`: decimal units, at most three digits.
std::string human_bytes(std::uint64_t bytes);

/// The text of a bar of that many columns: title, bar, share, amount, speed and time left.
/// `total` 0 means unknown.
std::string render(
    std::string_view title,
    Unit unit,
    std::uint64_t done,
    std::uint64_t total,
    time::Milliseconds elapsed,
    std::size_t columns);

/// Shows how far long work is: a bar on a terminal (at most ten times a second), elsewhere a log
/// line every ten seconds; the destructor removes the bar. Safe to use from several threads.
class Progress {
public:
    Progress(log::Logger& log, std::string title, Unit unit, std::uint64_t total);
    Progress(Progress const&) = delete;
    Progress& operator=(Progress const&) = delete;
    Progress(Progress&&) = delete;
    Progress& operator=(Progress&&) = delete;
    ~Progress();

    /// Sets how much is done; draws where it is time to.
    void at(std::uint64_t done);

private:
    log::Logger& log_;
    std::string title_;
    Unit unit_;
    std::uint64_t total_;
    time::Steady started_;
    time::Steady shown_;
    std::mutex mutex_;
};

} // namespace slipway::progress
