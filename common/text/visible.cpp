// SPDX-License-Identifier: Apache-2.0
#include "text/visible.hpp"

#include "text/utf8.hpp"

namespace slipway::text {

std::string visible(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string const safe = printable(text);
    std::string out;
    for (std::size_t i = 0; i < safe.size(); ++i) {
        auto const byte = [&](std::size_t at) -> unsigned {
            return at < safe.size() ? static_cast<unsigned char>(safe[at]) : 0U;
        };
        // U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069
        bool const marks = byte(i) == 0xE2U && byte(i + 1) == 0x80U &&
                           (byte(i + 2) == 0x8EU || byte(i + 2) == 0x8FU ||
                            (byte(i + 2) >= 0xAAU && byte(i + 2) <= 0xAEU));
        bool const isolates = byte(i) == 0xE2U && byte(i + 1) == 0x81U && byte(i + 2) >= 0xA6U &&
                              byte(i + 2) <= 0xA9U;
        if (marks || isolates) {
            unsigned const point = 0x2000U + ((byte(i + 1) & 0x3FU) << 6U) + (byte(i + 2) & 0x3FU);
            out += "\\u";
            for (unsigned shift = 16; shift > 0; shift -= 4) {
                out += digits[(point >> (shift - 4)) & 15U];
            }
            i += 2;
        } else {
            out += safe[i];
        }
    }
    return out;
}

} // namespace slipway::text
