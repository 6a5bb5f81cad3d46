// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace slipway::report_render {

/// A part of a hint: words, or what stood between back-ticks.
struct Piece {
    std::string_view text;
    bool code = false;
};

/// The parts of a hint in order, views into it; a back-tick without a second one is a word's.
std::vector<Piece> pieces_of(std::string_view hint);

} // namespace slipway::report_render
