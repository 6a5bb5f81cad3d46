// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::smoke_http {

/// A string, number, truth value, array or object as JavaScript writes it; nothing for all else.
std::optional<json::Value> js_literal(std::string_view text);

/// As js_literal, of a string alone.
std::optional<std::string> js_string(std::string_view text);

/// `.a["b-c"][0]` of jq for the members behind a value of JavaScript; nothing for calls.
std::optional<std::string> jq_of_members(std::string_view members);

/// One path of jq behind another.
std::string joined_path(std::string const& base, std::string const& more);

} // namespace slipway::smoke_http
