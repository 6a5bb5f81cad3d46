// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::smoke_http {

/// A line of a Hurl file with its number.
struct HurlLine {
    std::string text;
    std::int64_t number = 0;
};

/// A section of a request or a response: `[Asserts]` and its lines.
struct HurlSection {
    std::string name;
    std::vector<HurlLine> lines;
};

/// A body as it was written, and how: `json`, `xml`, `text` (one line or several), `base64`,
/// `hex`, `file`; `language` is the word behind three back-ticks.
struct HurlBody {
    std::string kind;
    std::string language;
    std::string text;
    std::int64_t line = 0;
};

/// A request with what is expected of its answer.
struct HurlEntry {
    std::int64_t line = 0;
    std::string method;
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<HurlSection> sections;
    std::optional<HurlBody> body;
    bool has_response = false;
    std::string version; // `HTTP`, `HTTP/1.1`, …
    std::string status;  // a number or `*`
    std::vector<std::pair<std::string, std::string>> response_headers;
    std::vector<HurlSection> response_sections;
    std::optional<HurlBody> response_body;
};

/// Reads a Hurl file (hurl.dev/docs/grammar.html); throws usage with file and line.
std::vector<HurlEntry> read_hurl(std::string_view text, std::string_view file);

} // namespace slipway::smoke_http
