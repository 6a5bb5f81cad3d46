// SPDX-License-Identifier: Apache-2.0
#include "sql/place.hpp"

#include "text/utf8.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace slipway::sql {

namespace {

constexpr std::string_view mark = "\xEF\xBB\xBF";
constexpr std::uint64_t high_bits = 0x8080808080808080U;

bool continues(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::int64_t characters(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char byte) { return !continues(byte); });
}

// The first byte from `at` on that is not ASCII, eight bytes at a time: scripts are nearly all of
// ASCII, and may be hundreds of megabytes of COPY data.
std::size_t skip_ascii(std::string_view text, std::size_t at) {
    while (at + sizeof(std::uint64_t) <= text.size()) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & high_bits) != 0) {
            break;
        }
        at += sizeof word;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80U) {
        ++at;
    }
    return at;
}

std::size_t first_invalid(std::string_view text) {
    std::size_t at = skip_ascii(text, 0);
    while (at < text.size()) {
        std::size_t end = at + 1;
        while (end < text.size() && end < at + 4 && continues(text[end])) {
            ++end;
        }
        if (!text::valid_utf8(text.substr(at, end - at))) {
            return at;
        }
        at = skip_ascii(text, end);
    }
    return std::string_view::npos;
}

std::size_t start_of_line(std::string_view script, std::size_t offset) {
    auto const before = script.substr(0, offset);
    auto const end = before.find_last_of("\r\n");
    return end == std::string_view::npos ? byte_order_mark(script) : end + 1;
}

} // namespace

std::size_t byte_order_mark(std::string_view script) {
    return script.starts_with(mark) ? mark.size() : 0;
}

std::int64_t line_ends(std::string_view text) {
    std::int64_t count = std::count(text.begin(), text.end(), '\n');
    for (auto at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
        if (at + 1 == text.size() || text[at + 1] != '\n') {
            ++count;
        }
    }
    return count;
}

Where place_in(std::string_view script, std::size_t offset, std::string_view file) {
    offset = std::min(offset, script.size());
    // The LF of a CRLF belongs to the line that it ends.
    if (offset > 0 && offset < script.size() && script[offset] == '\n' &&
        script[offset - 1] == '\r') {
        --offset;
    }
    std::size_t const start = std::min(start_of_line(script, offset), offset);
    Where where;
    where.file = file;
    where.line = 1 + line_ends(script.substr(0, offset));
    where.column = 1 + characters(script.substr(start, offset - start));
    return where;
}

Where place_of_error(
    std::string_view script,
    std::size_t statement_offset,
    std::int64_t position,
    std::string_view file) {
    std::size_t at = std::min(statement_offset, script.size());
    for (std::int64_t left = position - 1; left > 0 && at < script.size(); --left) {
        ++at;
        while (at < script.size() && continues(script[at])) {
            ++at;
        }
    }
    return place_in(script, at, file);
}

void require_text(std::string_view script, std::string_view file) {
    auto const nul = script.find('\0');
    if (nul != std::string_view::npos) {
        Where const where = place_in(script, nul, file);
        throw Error{
            ErrorKind::usage,
            where.text() + ": the script holds a NUL byte",
            "Save the file as UTF-8; UTF-16 looks like this."}
            .with_where(where);
    }
    auto const invalid = first_invalid(script);
    if (invalid != std::string_view::npos) {
        Where const where = place_in(script, invalid, file);
        throw Error{
            ErrorKind::usage, where.text() + ": the script is not UTF-8", "Save the file as UTF-8."}
            .with_where(where);
    }
}

} // namespace slipway::sql
