// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace slipway::text {

/// Foreign text with nothing hidden in it: control characters and those that turn the direction of
/// writing (which make a file read as another one) are shown as what they are.
std::string visible(std::string_view text);

} // namespace slipway::text
