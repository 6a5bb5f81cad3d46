// SPDX-License-Identifier: Apache-2.0
#include "time/rfc3339.hpp"

#include <charconv>

#include <fmt/format.h>

namespace slipway::time {

namespace {

// Reads exactly `digits` decimal digits and moves on; false where they are not there.
bool take_number(std::string_view& text, std::size_t digits, int& value) {
    if (text.size() < digits) {
        return false;
    }
    for (char const c : text.substr(0, digits)) {
        if (c < '0' || c > '9') {
            return false;
        }
    }
    std::from_chars(text.data(), text.data() + digits, value);
    text.remove_prefix(digits);
    return true;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

int take_milliseconds(std::string_view& text) {
    int value = 0;
    int scale = 100;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        value += (text.front() - '0') * scale;
        scale /= 10;
        text.remove_prefix(1);
    }
    return value;
}

std::optional<Milliseconds> take_offset(std::string_view& text) {
    if (take(text, "Zz")) {
        return Milliseconds{0};
    }
    int const sign = text.starts_with('-') ? -1 : 1;
    int hours = 0;
    int minutes = 0;
    if (!take(text, "+-") || !take_number(text, 2, hours) || !take(text, ":") ||
        !take_number(text, 2, minutes) || hours > 23 || minutes > 59) {
        return std::nullopt;
    }
    return Milliseconds{std::chrono::minutes{sign * (hours * 60 + minutes)}};
}

} // namespace

std::string to_rfc3339(Instant instant) {
    auto const day = std::chrono::floor<std::chrono::days>(instant);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const clock{instant - day};
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count(),
        clock.subseconds().count());
}

std::optional<Instant> from_rfc3339(std::string_view text) {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    bool const shape =
        take_number(text, 4, year) && take(text, "-") && take_number(text, 2, month) &&
        take(text, "-") && take_number(text, 2, day) && take(text, "Tt ") &&
        take_number(text, 2, hour) && take(text, ":") && take_number(text, 2, minute) &&
        take(text, ":") && take_number(text, 2, second);
    if (!shape || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    int milliseconds = 0;
    if (take(text, ".")) {
        if (text.empty() || text.front() < '0' || text.front() > '9') {
            return std::nullopt;
        }
        milliseconds = take_milliseconds(text);
    }
    auto const offset = take_offset(text);
    std::chrono::year_month_day const date{
        std::chrono::year{year},
        std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}};
    if (!offset || !text.empty() || !date.ok()) {
        return std::nullopt;
    }
    return Instant{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
           std::chrono::minutes{minute} + std::chrono::seconds{second} +
           Milliseconds{milliseconds} - *offset;
}

std::string to_basic(Instant instant) {
    std::string const full = to_rfc3339(instant);
    std::string out;
    for (char const c : full.substr(0, full.find('.'))) {
        if (c != '-' && c != ':') {
            out += c;
        }
    }
    return out + "Z";
}

} // namespace slipway::time
