// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"

#include <cstdint>
#include <string_view>

namespace slipway::sql {

/// The bytes of a byte order mark at the start of the script: 3 or 0.
std::size_t byte_order_mark(std::string_view script);

/// Line and column (in characters) of a byte of the script; LF, CRLF and a lone CR end a line, and
/// a byte order mark takes no column.
Where place_in(std::string_view script, std::size_t offset, std::string_view file);

/// The place that the server's error position means: `position` counts characters from 1 in the
/// statement that starts at byte `statement_offset` of the script.
Where place_of_error(
    std::string_view script,
    std::size_t statement_offset,
    std::int64_t position,
    std::string_view file);

/// The number of characters in UTF-8.
std::int64_t characters(std::string_view text);

/// The number of line ends in `text`, where a CR before the LF at its end counts as one with it.
std::int64_t line_ends(std::string_view text);

/// Throws usage with the line where the script holds a NUL byte or is not UTF-8.
void require_text(std::string_view script, std::string_view file);

} // namespace slipway::sql
