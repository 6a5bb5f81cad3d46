// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <compare>

namespace slipway::expr {

/// The order of two JSON values as jq has it: null, false, true, numbers, strings, arrays,
/// objects; numbers by their exact value, whatever their representation.
std::strong_ordering compare(json::Value const& a, json::Value const& b);

/// Whether two values are equal, numbers by their exact value, objects without regard to order.
bool equal(json::Value const& a, json::Value const& b);

} // namespace slipway::expr
