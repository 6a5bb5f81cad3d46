// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace slipway::expr {

/// One side of a plain expression: `.a.b[0]`, `$name.a`, or a JSON scalar.
struct Operand {
    /// A member's name or an element's index (from the end where negative).
    using Step = std::variant<std::string, std::int64_t>;

    std::optional<json::Box> literal;
    /// The variable that the path starts at; empty for the input.
    std::string variable;
    std::vector<Step> steps;
};

/// A path, or a comparison of two: what jq would make of it, with integers of 64 bits exact.
struct Plain {
    enum class Operator : std::uint8_t { none, equal, unequal, less, at_most, greater, at_least };

    Operand left;
    Operator operation = Operator::none;
    Operand right;
};

/// Reads a plain expression; nothing where it is none (it may be one for jq).
std::optional<Plain> read_plain(std::string_view text);

/// The value of the path, or the truth of the comparison; throws failed where a step does not fit
/// the value, and where a variable has no value.
json::Value evaluate(Plain const& plain, json::Value const& input, json::Value const& variables);

/// Whether `a <operation> b` holds; `none` does not.
bool holds(Plain::Operator operation, json::Value const& a, json::Value const& b);

} // namespace slipway::expr
