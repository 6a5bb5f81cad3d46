// SPDX-License-Identifier: Apache-2.0
#include "pass_rate.hpp"

#include "error/error.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <fmt/format.h>

namespace slipway::test_run {

namespace {

// Counts of tests times this stay within 64 bits up to nine thousand million tests.
constexpr std::size_t most_decimals = 6;

bool all_digits(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

Error wrong(std::string_view text) {
    return Error{
        ErrorKind::usage,
        fmt::format("--min-pass-rate: {} is no pass rate", text::printable_line(text)),
        "Write it as 95%, 99.5% or 0.95, at most 100% and with at most six decimals."};
}

} // namespace

PassRate PassRate::parse(std::string_view text) {
    std::string_view number = text::trim(text);
    bool const percent = number.ends_with('%');
    if (percent) {
        number = text::trim(number.substr(0, number.size() - 1));
    }
    auto const point = number.find('.');
    std::string_view const units = number.substr(0, point);
    std::string_view const decimals =
        point == std::string_view::npos ? std::string_view{} : number.substr(point + 1);
    if (units.empty() || units.size() > 3 || decimals.size() > most_decimals ||
        !all_digits(units) || !all_digits(decimals) || number.ends_with('.')) {
        throw wrong(text);
    }
    std::int64_t part = 0;
    for (char const digit : std::string{units} + std::string{decimals}) {
        part = part * 10 + (digit - '0');
    }
    std::int64_t whole = percent ? 100 : 1;
    for (std::size_t i = 0; i < decimals.size(); ++i) {
        whole *= 10;
    }
    if (part > whole) {
        throw wrong(text);
    }
    return {part, whole};
}

bool PassRate::met_by(std::int64_t passed, std::int64_t run) const {
    return run > 0 && passed * whole_ >= part_ * run;
}

std::string PassRate::text() const {
    std::int64_t const scaled = part_ * 100;
    std::string out = std::to_string(scaled / whole_);
    std::int64_t rest = scaled % whole_;
    if (rest != 0) {
        out += '.';
    }
    while (rest != 0) {
        rest *= 10;
        out += static_cast<char>('0' + rest / whole_);
        rest %= whole_;
    }
    return out + "%";
}

std::string percentage(std::int64_t passed, std::int64_t run) {
    if (run == 0) {
        return "none";
    }
    std::int64_t const hundredths = passed * 10'000 / run;
    if (hundredths % 100 == 0) {
        return fmt::format("{}%", hundredths / 100);
    }
    return fmt::format("{}.{:02}%", hundredths / 100, hundredths % 100);
}

} // namespace slipway::test_run
