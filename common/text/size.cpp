// SPDX-License-Identifier: Apache-2.0
#include "text/size.hpp"

#include "text/join.hpp"

#include <array>
#include <charconv>
#include <string>

namespace slipway::text {

namespace {

struct SizeUnit {
    std::string_view name; // in lower case
    double bytes;
};

constexpr std::array<SizeUnit, 10> size_units{{
    {"", 1},
    {"b", 1},
    {"kb", 1e3},
    {"mb", 1e6},
    {"gb", 1e9},
    {"tb", 1e12},
    {"kib", 1024},
    {"mib", 1048576},
    {"gib", 1073741824},
    {"tib", 1099511627776},
}};

constexpr double largest_size = 4.6e18;

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    double number = 0;
    auto const [end, code] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (code != std::errc{} || number < 0) {
        return std::nullopt;
    }
    std::string const unit = lower(trim(text.substr(static_cast<std::size_t>(end - text.data()))));
    for (auto const& known : size_units) {
        if (unit == known.name && number * known.bytes < largest_size) {
            return static_cast<std::uint64_t>(number * known.bytes);
        }
    }
    return std::nullopt;
}

} // namespace slipway::text
