// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

/// Inside the room: how the text of a cell becomes a value; `query` is for the error's text.
namespace slipway::pg::detail {
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

void convert(std::string_view text, std::string_view query, std::string& out);
void convert(std::string_view text, std::string_view query, std::int32_t& out);
void convert(std::string_view text, std::string_view query, std::int64_t& out);
void convert(std::string_view text, std::string_view query, double& out);
void convert(std::string_view text, std::string_view query, bool& out);
} // namespace slipway::pg::detail
