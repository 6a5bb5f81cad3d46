// SPDX-License-Identifier: Apache-2.0
#include "cli/value.hpp"

#include "text/join.hpp"
#include "time/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace slipway::cli {

namespace {

template <class Number>
bool whole(std::string_view text, Number& number) {
    auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
    return !text.empty() && read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

} // namespace

std::string read_value(std::string_view text, bool& target) {
    for (std::string_view const yes : {"true", "1", "yes", "on"}) {
        if (text::equal_ignoring_case(text, yes)) {
            target = true;
            return {};
        }
    }
    for (std::string_view const no : {"false", "0", "no", "off"}) {
        if (text::equal_ignoring_case(text, no)) {
            target = false;
            return {};
        }
    }
    return "is neither true nor false";
}

std::string read_value(std::string_view text, std::string& target) {
    target = text;
    return {};
}

std::string read_value(std::string_view text, secret::Secret& target) {
    target = secret::Secret{std::string{text}};
    return {};
}

std::string read_value(std::string_view text, std::int64_t& target) {
    return whole(text, target) ? "" : "is not a whole number";
}

std::string read_value(std::string_view text, double& target) {
    bool const percent = text.ends_with('%');
    if (percent) {
        text.remove_suffix(1);
    }
    if (!whole(text, target) || !std::isfinite(target)) {
        return "is not a number";
    }
    target = percent ? target / 100.0 : target;
    return {};
}

std::string read_value(std::string_view text, time::Milliseconds& target) {
    auto const read = time::parse_duration(text);
    if (!read) {
        return "is not a duration such as 90s, 5m or 1h30m";
    }
    target = *read;
    return {};
}

std::string read_value(std::string_view text, fs::Path& target) {
    target = fs::Path{text};
    return {};
}

std::string read_value(std::string_view text, Bytes& target) {
    using Unit = std::pair<std::string_view, double>;
    constexpr std::array<Unit, 14> units{{
        {"", 1},
        {"b", 1},
        {"kb", 1e3},
        {"mb", 1e6},
        {"gb", 1e9},
        {"tb", 1e12},
        {"k", 1024.0},
        {"m", 1048576.0},
        {"g", 1073741824.0},
        {"t", 1099511627776.0},
        {"kib", 1024.0},
        {"mib", 1048576.0},
        {"gib", 1073741824.0},
        {"tib", 1099511627776.0},
    }};
    auto const end = text.find_first_not_of("0123456789.");
    double number = 0;
    std::string const word =
        end == std::string_view::npos ? "" : text::lower(text::trim(text.substr(end)));
    for (auto const& [name, factor] : units) {
        if (name == word && whole(text.substr(0, end), number) && number * factor < 9e18) {
            target.count = static_cast<std::uint64_t>(std::llround(number * factor));
            return {};
        }
    }
    return "is not a size such as 128MB or 1GiB";
}

} // namespace slipway::cli
