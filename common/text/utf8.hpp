// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace slipway::text {

/// Whether the bytes are valid UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool valid_utf8(std::string_view value);

/// The bytes with every invalid sequence replaced by U+FFFD, fit for JSON.
std::string to_utf8(std::string_view value);

/// As to_utf8, with control characters but tab and newline shown as `\xNN`, fit for a terminal
/// and a log: no escape sequence of foreign text reaches the reader's terminal.
std::string printable(std::string_view value);

/// As printable, on one line: tab and newline are shown as `\t` and `\n`.
std::string printable_line(std::string_view value);

/// The number of code points of valid UTF-8.
std::size_t code_points(std::string_view value);

} // namespace slipway::text
