// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::plan {

/// Inside the room: the identifiers of a dotted name as SQL spells it, folded and without their
/// quotes, up to what is none: `public."My table".id` -> public, My table, id.
std::vector<std::string> parts_of_name(std::string_view text);

/// Inside the room: whether the byte may stand in a name without quotes.
bool is_name_byte(char byte);

} // namespace slipway::plan
