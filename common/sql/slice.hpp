// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

/// Parts of a statement's source text, found from the place of a node: what a parse tree knows but
/// cannot write back. The statement must be one that the parser accepts.
namespace slipway::sql::slice {

/// From `from` to the next comma, closing bracket or semicolon outside of brackets, or to one of
/// the key words, but for the first token; at most to `end`.
std::string until(
    std::string_view source,
    std::size_t from,
    std::initializer_list<std::string_view> key_words = {},
    std::size_t end = std::string_view::npos);

/// The offset after the key word's first place outside of brackets at or after `from`; npos where
/// there is none.
std::size_t after(std::string_view source, std::size_t from, std::string_view key_word);

/// What the first pair of brackets at or after `from` holds.
std::string bracketed(std::string_view source, std::size_t from);

/// A type as it is written at `from`.
std::string type(std::string_view source, std::size_t from);

/// Where the parts of a list begin that commas outside of brackets separate, from `from` on.
std::vector<std::size_t> parts(std::string_view source, std::size_t from);

} // namespace slipway::sql::slice
