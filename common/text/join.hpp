// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::text {

/// The parts with `separator` between them.
std::string join(std::span<std::string const> parts, std::string_view separator);

/// As join, of the first `most` parts, and how many more there are: `a; b; and 3 more`.
std::string
join_first(std::span<std::string const> parts, std::string_view separator, std::size_t most);

/// The pieces of `value` between occurrences of `separator`; views into `value`; never empty.
std::vector<std::string_view> split(std::string_view value, char separator);

/// The lines of `value` without their ends (LF or CRLF); a final empty line is not counted.
std::vector<std::string_view> lines(std::string_view value);

/// `value` without leading and trailing ASCII white space; a view into `value`.
std::string_view trim(std::string_view value);

/// A copy with ASCII letters in lower case.
std::string lower(std::string_view value);

/// Whether two strings are equal but for the case of ASCII letters.
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Replaces every occurrence of `from` (not empty) in `value`.
std::string replace_all(std::string_view value, std::string_view from, std::string_view to);

/// At most `limit` bytes of `value`, cut at a character boundary and ended with `…` (three bytes)
/// where cut; empty where not even that fits.
std::string shorten(std::string_view value, std::size_t limit);

/// `count` and the noun, with a plain plural "s" unless count is 1: "3 checks".
std::string counted(std::size_t count, std::string_view noun);

/// The closest of `candidates` by edit distance, or empty where none is near (typing errors).
std::string nearest(std::string_view word, std::span<std::string const> candidates);

} // namespace slipway::text
