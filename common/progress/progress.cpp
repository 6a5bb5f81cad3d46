// SPDX-License-Identifier: Apache-2.0
#include "progress/progress.hpp"

#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <sys/ioctl.h>

#include <fmt/format.h>

namespace slipway::progress {

namespace {

constexpr time::Milliseconds redraw_every{100};
constexpr time::Milliseconds tell_every{10'000};
constexpr std::size_t longest_bar = 30;

std::string amount(Unit unit, std::uint64_t value) {
    return unit == Unit::bytes ? human_bytes(value) : std::to_string(value);
}

// A count from a calculation, within what its type holds.
template <class Integer>
Integer clamped(double value, double most) {
    return static_cast<Integer>(std::clamp(value, 0.0, most));
}

// The title cut so that it leaves room for what stands behind it.
std::string title_in(std::string_view title, std::size_t columns, std::size_t behind) {
    std::size_t const room = columns > behind ? columns - behind : 0;
    if (text::code_points(title) <= room) {
        return std::string{title};
    }
    std::size_t end = title.size();
    while (end > 0 && text::code_points(title.substr(0, end)) + 1 > room) {
        --end;
        while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xC0U) == 0x80U) {
            --end;
        }
    }
    return room == 0 ? "" : std::string{title.substr(0, end)} + "…";
}

std::size_t terminal_columns(int fd) {
    winsize size{};
    return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

} // namespace

std::string human_bytes(std::uint64_t bytes) {
    constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return unit == 0 || value >= 9.95 ? fmt::format("{:.0f} {}", value, units[unit])
                                      : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string render(
    std::string_view title,
    Unit unit,
    std::uint64_t done,
    std::uint64_t total,
    time::Milliseconds elapsed,
    std::size_t columns) {
    double const seconds = std::max(0.001, static_cast<double>(elapsed.count()) / 1000.0);
    auto const speed = clamped<std::uint64_t>(static_cast<double>(done) / seconds, 1e19);
    std::string tail = fmt::format(" {} {}/s", amount(unit, done), amount(unit, speed));
    if (total == 0) {
        std::size_t const wide = text::code_points(tail);
        return wide <= columns ? title_in(title, columns, wide) + tail
                               : title_in(title, columns, 0);
    }
    // An estimate may be too low: the share never passes 100 %.
    double const share =
        std::min(1.0, static_cast<double>(done) / static_cast<double>(std::max(total, done)));
    if (share > 0 && share < 1) {
        auto const left = clamped<std::int64_t>(seconds * 1000.0 * (1.0 - share) / share, 9e18);
        tail += " " + time::human_duration(time::Milliseconds{left}) + " left";
    }
    std::string const percent = fmt::format(" {:3.0f} %", share * 100.0);
    std::size_t const taken = text::code_points(title) + percent.size() + tail.size() + 3;
    std::size_t const room = columns > taken + 1 ? std::min(longest_bar, columns - taken - 1) : 0;
    if (room < 5) {
        return title_in(title, columns, percent.size()) + percent;
    }
    auto const filled = static_cast<std::size_t>(share * static_cast<double>(room));
    return fmt::format(
        "{} [{}{}]{}{}",
        title,
        std::string(filled, '='),
        std::string(room - filled, ' '),
        percent,
        tail);
}

Progress::Progress(log::Logger& log, std::string title, Unit unit, std::uint64_t total)
    : log_(log), title_(std::move(title)), unit_(unit), total_(total),
      started_(std::chrono::steady_clock::now()), shown_(started_) {}

Progress::~Progress() {
    log_.status_line("");
}

void Progress::at(std::uint64_t done) {
    std::scoped_lock const lock{mutex_};
    auto const now = std::chrono::steady_clock::now();
    auto const& settings = log_.settings();
    bool const drawn = settings.terminal && settings.format == log::Format::human;
    if (now - shown_ < (drawn ? redraw_every : tell_every)) {
        return;
    }
    shown_ = now;
    auto const elapsed = std::chrono::duration_cast<time::Milliseconds>(now - started_);
    if (drawn) {
        log_.status_line(
            render(title_, unit_, done, total_, elapsed, terminal_columns(settings.fd)));
    } else {
        log_.info(render(title_, unit_, done, total_, elapsed, 80));
    }
}

} // namespace slipway::progress
