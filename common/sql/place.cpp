// SPDX-License-Identifier: Apache-2.0
#include "sql/place.hpp"

#include "fs/let_go.hpp"
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

std::int64_t line_ends_of_piece(std::string_view text) {
    std::int64_t count = std::count(text.begin(), text.end(), '\n');
    for (auto at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
        if (at + 1 == text.size() || text[at + 1] != '\n') {
            ++count;
        }
    }
    return count;
}

// The NUL or the first byte that is not UTF-8 in a script, looked for piece by piece.
struct Foreign {
    std::size_t nul = std::string_view::npos;
    std::size_t invalid = std::string_view::npos;
};

Foreign find_foreign(std::string_view script) {
    for (std::size_t at = 0; at < script.size();) {
        std::size_t end = std::min(at + fs::piece_size, script.size());
        // Not inside of a character, of which there are at most four bytes.
        for (int back = 0; back < 4 && end < script.size() && continues(script[end]); ++back) {
            --end;
        }
        auto const piece = script.substr(at, end - at);
        if (auto const nul = piece.find('\0'); nul != std::string_view::npos) {
            return {at + nul, std::string_view::npos};
        }
        if (first_invalid(piece) != std::string_view::npos) {
            return {std::string_view::npos, at + first_invalid(script.substr(at))};
        }
        fs::let_go(piece);
        at = end;
    }
    return {};
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

std::int64_t characters(std::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char byte) { return !continues(byte); });
}

std::int64_t line_ends(std::string_view text) {
    if (text.size() < fs::piece_size) {
        return line_ends_of_piece(text);
    }
    std::int64_t total = 0;
    bool after_return = false;
    fs::each_piece(text, [&](std::string_view piece) {
        total += line_ends_of_piece(piece) - (after_return && piece.front() == '\n' ? 1 : 0);
        after_return = piece.back() == '\r';
    });
    return total;
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
    auto const foreign = find_foreign(script);
    if (foreign.nul != std::string_view::npos) {
        Where const where = place_in(script, foreign.nul, file);
        throw Error{
            ErrorKind::usage,
            where.text() + ": the script holds a NUL byte",
            "Save the file as UTF-8; UTF-16 looks like this."}
            .with_where(where);
    }
    if (foreign.invalid != std::string_view::npos) {
        Where const where = place_in(script, foreign.invalid, file);
        throw Error{
            ErrorKind::usage, where.text() + ": the script is not UTF-8", "Save the file as UTF-8."}
            .with_where(where);
    }
}

} // namespace slipway::sql
