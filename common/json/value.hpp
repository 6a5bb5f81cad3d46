// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace slipway::json {

/// A JSON value whose objects keep the order in which they were written.
using Value = nlohmann::ordered_json;

/// Owns one JSON value where the type is only declared: a copyable member of public structs.
class Box {
public:
    Box(); // an empty object
    explicit Box(Value value);
    Box(Box const& other);
    Box& operator=(Box const& other);
    Box(Box&& other) noexcept;
    Box& operator=(Box&& other) noexcept;
    ~Box();

    [[nodiscard]] Value& operator*() { return *value_; }
    [[nodiscard]] Value const& operator*() const { return *value_; }
    [[nodiscard]] Value* operator->() { return value_.get(); }
    [[nodiscard]] Value const* operator->() const { return value_.get(); }

private:
    std::unique_ptr<Value> value_;
};

/// Parses one JSON document; throws usage with `name`, line and column where it is malformed,
/// nested deeper than 200 levels, or has the same key twice in one object.
Value parse(std::string_view text, std::string_view name);

/// The string at `key` of the object that the text begins with, read no further than there:
/// whatever follows may be of any size, or no JSON. Empty where there is none before that.
std::string early_text(std::string_view text, std::string_view key);

/// The document as text: one line, or indented by two spaces and ended by a newline. Invalid
/// UTF-8 in strings becomes U+FFFD.
std::string write(Value const& value, bool indented = false);

/// The string at `key` of an object, or `otherwise` where it is absent or no string.
std::string text_at(Value const& object, std::string_view key, std::string_view otherwise = "");

/// The member of an object, or a shared null where it is absent or `object` is no object.
Value const& at(Value const& object, std::string_view key);

} // namespace slipway::json
