// SPDX-License-Identifier: Apache-2.0
#include "prose.hpp"

#include "text/utf8.hpp"

#include <fmt/format.h>

namespace slipway::report_render {

std::vector<Piece> pieces_of(std::string_view hint) {
    std::vector<Piece> out;
    while (!hint.empty()) {
        auto const open = hint.find('`');
        auto const close = open == std::string_view::npos ? open : hint.find('`', open + 1);
        if (close == std::string_view::npos || close == open + 1) {
            auto const rest = close == std::string_view::npos ? hint.size() : close + 1;
            out.push_back({hint.substr(0, rest), false});
            hint.remove_prefix(rest);
            continue;
        }
        if (open > 0) {
            out.push_back({hint.substr(0, open), false});
        }
        out.push_back({hint.substr(open + 1, close - open - 1), true});
        hint.remove_prefix(close + 1);
    }
    return out;
}

std::string visible(std::string_view text) {
    std::string const safe = text::printable(text);
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
            out += fmt::format("\\u{:04x}", point);
            i += 2;
        } else {
            out += safe[i];
        }
    }
    return out;
}

} // namespace slipway::report_render
