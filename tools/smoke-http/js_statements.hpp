// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::smoke_http {

/// The statements of a piece of JavaScript at its outermost level, without comments; a statement
/// with braces is one whole.
std::vector<std::string> js_statements(std::string_view script);

/// The pieces between separators outside of brackets and strings: arguments by `,`, a chain of
/// members by `.`.
std::vector<std::string> js_split(std::string_view text, char separator);

/// The position of the bracket that closes the one at `open`; npos where there is none.
std::size_t js_closing(std::string_view text, std::size_t open);

} // namespace slipway::smoke_http
