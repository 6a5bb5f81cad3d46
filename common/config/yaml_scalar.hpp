// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <optional>
#include <string_view>

namespace slipway::config {

/// What a plain scalar means in the core schema of YAML 1.2 (section 10.3.2): null, boolean,
/// number, else a string; nothing for infinity and NaN, which JSON does not have.
std::optional<json::Value> resolve_plain(std::string_view text);

} // namespace slipway::config
