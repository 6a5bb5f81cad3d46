// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace slipway::pg {

/// A parameter of a statement ($1, $2, …), sent as text of unspecified type: the server reads it
/// as it reads a quoted literal in that place.
class Param {
public:
    // NOLINTBEGIN(google-explicit-constructor): values are written in place of parameters
    Param(std::nullptr_t) {}
    Param(std::nullopt_t) {}

    template <class Text>
    requires std::convertible_to<Text const&, std::string_view> &&
        (!std::same_as<Text, std::nullptr_t>)Param(Text const& text)
        : value_(std::string{std::string_view{text}}) {}

    template <class Number>
    requires std::integral<Number> &&
        (!std::same_as<Number, bool>)&&(!std::same_as<Number, char>)Param(Number number)
        : value_(std::to_string(number)) {}

    template <class Flag>
    requires std::same_as<Flag, bool> Param(Flag flag) : value_(flag ? "t" : "f") {}

    Param(double number);

    template <class Value>
    Param(std::optional<Value> const& value) : Param(value ? Param{*value} : Param{nullptr}) {}
    // NOLINTEND(google-explicit-constructor)

    /// The text to send; nothing for null.
    [[nodiscard]] std::optional<std::string> const& value() const { return value_; }

private:
    std::optional<std::string> value_;
};

/// The literal of a text[] with these elements, to be used as `$1::text[]`.
Param text_array(std::span<std::string const> elements);

} // namespace slipway::pg
