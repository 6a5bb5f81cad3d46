// SPDX-License-Identifier: Apache-2.0
#include "prose.hpp"

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

} // namespace slipway::report_render
