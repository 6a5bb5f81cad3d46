// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::mustache {

/// What `{{name}}` is made fit for; `{{{name}}}` is never escaped.
enum class Escape : std::uint8_t { html, json, markdown, none };

/// The Mustache template filled in with the data: numbers and booleans as JSON writes them, null
/// and false as what is not there; no partials, and no file is read. Throws usage with `name` where
/// the template is malformed.
std::string
render(std::string_view text, json::Value const& data, std::string_view name, Escape escape);

} // namespace slipway::mustache
