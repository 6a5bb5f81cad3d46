// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
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

/// Foreign text with nothing hidden in it: control characters and those that turn the direction of
/// writing (which make a file read as another one) are shown as what they are.
std::string visible(std::string_view text);

} // namespace slipway::report_render
