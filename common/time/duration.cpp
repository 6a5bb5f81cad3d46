// SPDX-License-Identifier: Apache-2.0
#include "time/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace slipway::time {

namespace {

using Unit = std::pair<std::string_view, std::int64_t>;
constexpr std::array<Unit, 6> units{{
    {"ms", 1},
    {"s", 1000},
    {"m", 60'000},
    {"min", 60'000},
    {"h", 3'600'000},
    {"d", 86'400'000},
}};
constexpr double ten_years_ms = 3653.0 * 86'400'000.0;

std::optional<std::int64_t> unit_ms(std::string_view word) {
    for (auto const& [name, factor] : units) {
        if (name == word) {
            return factor;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    bool const bare = text.find_first_not_of("0123456789.") == std::string_view::npos;
    double total = 0;
    while (!text.empty()) {
        double number = 0;
        auto const end = text.find_first_not_of("0123456789.");
        auto const digits = text.substr(0, end);
        auto const read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) {
            return std::nullopt;
        }
        text.remove_prefix(digits.size());
        auto const word = text.substr(0, text.find_first_of("0123456789."));
        auto const factor = bare ? std::optional<std::int64_t>{1000} : unit_ms(word);
        if (!factor) {
            return std::nullopt;
        }
        text.remove_prefix(word.size());
        total += number * static_cast<double>(*factor);
    }
    if (total > ten_years_ms) {
        return std::nullopt;
    }
    return Milliseconds{std::llround(total)};
}

std::string spell_duration(Milliseconds duration) {
    std::int64_t left = duration.count();
    if (left == 0) {
        return "0s";
    }
    std::string out;
    for (auto const& [word, factor] : std::array<Unit, 5>{
             {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}}) {
        if (left >= factor) {
            out += fmt::format("{}{}", left / factor, word);
            left %= factor;
        }
    }
    return out;
}

std::string human_duration(Milliseconds duration) {
    std::int64_t const ms = duration.count();
    if (ms < 1000) {
        return fmt::format("{} ms", ms);
    }
    if (ms < 60'000) {
        return fmt::format("{:.1f} s", static_cast<double>(ms / 100) / 10.0);
    }
    if (ms < 3'600'000) {
        return fmt::format("{} min {} s", ms / 60'000, ms / 1000 % 60);
    }
    if (ms < 86'400'000) {
        return fmt::format("{} h {} min", ms / 3'600'000, ms / 60'000 % 60);
    }
    return fmt::format("{} d {} h", ms / 86'400'000, ms / 3'600'000 % 24);
}

} // namespace slipway::time
