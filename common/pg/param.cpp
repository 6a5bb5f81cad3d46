// SPDX-License-Identifier: Apache-2.0
#include "pg/param.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace slipway::pg {

namespace {

std::string spell(double number) {
    if (std::isnan(number)) {
        return "NaN";
    }
    if (std::isinf(number)) {
        return number > 0 ? "Infinity" : "-Infinity";
    }
    std::array<char, 40> buffer{};
    auto const end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
    return {buffer.data(), end.ptr};
}

} // namespace

Param::Param(double number) : value_(spell(number)) {}

Param text_array(std::span<std::string const> elements) {
    std::string out = "{";
    for (auto const& element : elements) {
        out += out.size() > 1 ? ",\"" : "\"";
        for (char const c : element) {
            if (c == '"' || c == '\\') {
                out += '\\';
            }
            out += c;
        }
        out += '"';
    }
    return out + "}";
}

} // namespace slipway::pg
