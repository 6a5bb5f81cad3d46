// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: the values that a layout's own program puts into its scripts.
#pragma once

#include "migration/file.hpp"
#include "migration/source.hpp"

#include <string_view>
#include <vector>

namespace slipway::migration {

/// Flyway's `${name}` and goose's `$NAME` under ENVSUB, as far as the file has any; throws usage
/// with the place of one that has no value.
std::vector<Replacement> file_values(File const& file, Source const& source);

/// Flyway's placeholders in a text, those without a value left out.
std::vector<Replacement> placeholders_in(std::string_view content, Placeholders const& values);

} // namespace slipway::migration
