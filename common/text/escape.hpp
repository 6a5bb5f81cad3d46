// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::text {

/// Percent-encodes all but RFC 3986's unreserved characters, with upper-case hexadecimal digits.
std::string percent_encode(std::string_view value);

/// Decodes %XX; nothing where a percent sign is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view value);

/// Escapes & < > " ' for HTML text and attributes.
std::string html_escape(std::string_view value);

/// Standard base64 with padding (RFC 4648, section 4).
std::string base64_encode(std::string_view value);

/// Makes foreign text inert inside GitHub-flavoured Markdown, tables included: one line, with
/// control characters, markup, links, mentions and HTML all shown as they are.
std::string gfm_escape(std::string_view value);

/// An inline code span that holds any text, back-ticks included; newlines become spaces.
std::string gfm_code(std::string_view value);

/// Quotes a word for a POSIX shell, for commands that are shown to a person.
std::string shell_quote(std::string_view value);

} // namespace slipway::text
