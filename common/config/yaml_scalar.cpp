// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_scalar.hpp"

#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <nlohmann/json.hpp>

namespace slipway::config {

namespace {

using json::Value;

bool all_digits(std::string_view text, int base) {
    auto const digits = std::string_view{"0123456789abcdefABCDEF"}.substr(
        0,
        base == 16   ? 22
        : base == 10 ? 10
                     : 8);
    return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

template <typename Number>
std::optional<Number> read(std::string_view digits, int base) {
    Number number{};
    auto const result = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    return result.ec == std::errc{} ? std::optional{number} : std::nullopt;
}

Value integer(std::string_view digits, int base, bool negative) {
    auto const magnitude = read<std::uint64_t>(digits, base);
    if (magnitude && !negative) {
        return *magnitude <= static_cast<std::uint64_t>(INT64_MAX)
                   ? Value(static_cast<std::int64_t>(*magnitude))
                   : Value(*magnitude);
    }
    if (auto const number = read<std::int64_t>("-" + std::string{digits}, base);
        number && negative) {
        return *number;
    }
    // Beyond 64 bits: as JSON's numbers of that size are read.
    double const rounded = std::strtod(std::string{digits}.c_str(), nullptr);
    return negative ? -rounded : rounded;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_float(std::string_view text) {
    auto const exponent = text.find_first_of("eE");
    if (exponent != std::string_view::npos) {
        auto power = text.substr(exponent + 1);
        if (power.starts_with('-') || power.starts_with('+')) {
            power.remove_prefix(1);
        }
        if (!all_digits(power, 10)) {
            return false;
        }
    }
    auto const mantissa = text.substr(0, exponent);
    auto const point = mantissa.find('.');
    auto const whole = mantissa.substr(0, point);
    if (point == std::string_view::npos) {
        return all_digits(whole, 10);
    }
    auto const part = mantissa.substr(point + 1);
    return (whole.empty() || all_digits(whole, 10)) && (part.empty() || all_digits(part, 10)) &&
           !(whole.empty() && part.empty());
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

} // namespace

std::optional<Value> resolve_plain(std::string_view text) {
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) {
        return Value{};
    }
    if (is_one_of(text, {"true", "True", "TRUE"})) {
        return Value(true);
    }
    if (is_one_of(text, {"false", "False", "FALSE"})) {
        return Value(false);
    }
    if (text.starts_with("0o") && all_digits(text.substr(2), 8)) {
        return integer(text.substr(2), 8, false);
    }
    if (text.starts_with("0x") && all_digits(text.substr(2), 16)) {
        return integer(text.substr(2), 16, false);
    }
    bool const negative = text.starts_with('-');
    auto const unsigned_text = negative || text.starts_with('+') ? text.substr(1) : text;
    if (all_digits(unsigned_text, 10)) {
        return integer(unsigned_text, 10, negative);
    }
    if (is_one_of(unsigned_text, {".inf", ".Inf", ".INF"}) ||
        is_one_of(text, {".nan", ".NaN", ".NAN"})) {
        return std::nullopt;
    }
    if (is_float(unsigned_text)) {
        // Not strtod: its decimal point follows the locale.
        double number = 0;
        std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), number);
        return std::isfinite(number) ? std::optional{Value(negative ? -number : number)}
                                     : std::nullopt;
    }
    return Value(std::string{text});
}

} // namespace slipway::config
