// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace slipway::expr {

/// What a suite expects of a value, as it is written there:
///
/// `> 0`, `>= 8`, `< 3`, `<= 3`, `== x`, `!= x` (x is JSON, else a plain string); `/regex/`,
/// `/regex/i`; `type string` (number, integer, boolean, array, object, null); `length > 3`,
/// `length 3`; `contains x` (part of a string, element of an array, key of an object); `exists`
/// (not null), `absent` (null); `any …` and `all …` of these for an array's elements; everything
/// else is a value to be equal to: JSON, or the string itself.
class Expectation {
public:
    /// Throws usage where the regular expression, the type or the operand is malformed.
    explicit Expectation(std::string_view text);

    /// Expects that very value, whatever a string in it looks like.
    static Expectation equal_to(json::Value value);

    /// Whether the value is as expected; where it is not, `why` says so in one line.
    bool met_by(json::Value const& actual, std::string& why) const;

private:
    struct Rule;
    explicit Expectation(std::shared_ptr<Rule const> rule);
    static std::shared_ptr<Rule const> read(std::string_view text);
    std::shared_ptr<Rule const> rule_;
};

/// As Expectation{expectation}.met_by(actual, why).
bool matches(json::Value const& actual, std::string_view expectation, std::string& why);

} // namespace slipway::expr
