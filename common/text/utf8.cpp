// SPDX-License-Identifier: Apache-2.0
#include "text/utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace slipway::text {

namespace {

// Length of the valid sequence at the start of `value`, 0 where there is none
// (table 3-7 of the Unicode standard).
std::size_t sequence_length(std::string_view value) {
    auto const byte = [&](std::size_t i) -> unsigned {
        return i < value.size() ? static_cast<unsigned char>(value[i]) : 0U;
    };
    auto const tail = [&](std::size_t i) {
        return (byte(i) & 0xC0U) == 0x80U;
    };
    unsigned const first = byte(0);
    unsigned const second = byte(1);
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xC2U && first <= 0xDFU) {
        return tail(1) ? 2 : 0;
    }
    if (first >= 0xE0U && first <= 0xEFU) {
        bool const in_range =
            !(first == 0xE0U && second < 0xA0U) && !(first == 0xEDU && second > 0x9FU);
        return tail(1) && tail(2) && in_range ? 3 : 0;
    }
    if (first >= 0xF0U && first <= 0xF4U) {
        bool const in_range =
            !(first == 0xF0U && second < 0x90U) && !(first == 0xF4U && second > 0x8FU);
        return tail(1) && tail(2) && tail(3) && in_range ? 4 : 0;
    }
    return 0;
}

constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::string made_safe(std::string_view value, bool controls, bool one_line) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i < value.size();) {
        std::size_t const length = sequence_length(value.substr(i));
        if (length == 0) {
            out += replacement;
            ++i;
            continue;
        }
        auto const byte = static_cast<unsigned char>(value[i]);
        // U+0080..U+009F are control characters too: C2 9B is an escape sequence's start.
        bool const c1 =
            length == 2 && byte == 0xC2U && static_cast<unsigned char>(value[i + 1]) < 0xA0U;
        if (one_line && (byte == '\n' || byte == '\t')) {
            out += byte == '\n' ? "\\n" : "\\t";
        } else if (
            controls && (c1 || byte == 0x7FU || (byte < 0x20U && byte != '\n' && byte != '\t'))) {
            unsigned const shown = c1 ? static_cast<unsigned char>(value[i + 1]) : byte;
            out += "\\x";
            out += digits[shown >> 4U];
            out += digits[shown & 15U];
        } else {
            out += value.substr(i, length);
        }
        i += length;
    }
    return out;
}

} // namespace

bool valid_utf8(std::string_view value) {
    for (std::size_t i = 0; i < value.size();) {
        std::size_t const length = sequence_length(value.substr(i));
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

std::string to_utf8(std::string_view value) {
    bool const ascii = std::all_of(
        value.begin(), value.end(), [](char byte) { return static_cast<signed char>(byte) >= 0; });
    if (ascii) {
        return std::string{value}; // which most texts are
    }
    return made_safe(value, false, false);
}

std::string printable(std::string_view value) {
    return made_safe(value, true, false);
}

std::string printable_line(std::string_view value) {
    return made_safe(value, true, true);
}

std::size_t code_points(std::string_view value) {
    std::size_t count = 0;
    for (char const c : value) {
        count += (static_cast<unsigned char>(c) & 0xC0U) == 0x80U ? 0U : 1U;
    }
    return count;
}

} // namespace slipway::text
