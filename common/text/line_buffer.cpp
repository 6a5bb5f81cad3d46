// SPDX-License-Identifier: Apache-2.0
#include "text/line_buffer.hpp"

#include <algorithm>

namespace slipway::text {

namespace {
constexpr std::size_t longest_line = 65536;
constexpr char escape = '\x1b';
constexpr char bell = '\x07';

// Of `ESC [ … letter` (colours, movements), `ESC ] … BEL` (titles, links) or `ESC letter`.
std::size_t escape_length(std::string_view text) {
    if (text.size() < 2) {
        return text.size();
    }
    if (text[1] == '[') {
        std::size_t end = 2;
        while (end < text.size() && text[end] >= 0x20 && text[end] < 0x40) {
            ++end;
        }
        return std::min(end + 1, text.size());
    }
    if (text[1] == ']') {
        for (std::size_t end = 2; end < text.size(); ++end) {
            if (text[end] == bell) {
                return end + 1;
            }
            if (text[end] == escape) {
                return std::min(end + 2, text.size());
            }
        }
        return text.size();
    }
    return 2;
}
} // namespace

void LineBuffer::add(std::string_view piece) {
    held_ += piece;
    std::size_t begin = 0;
    for (auto end = held_.find('\n'); end != std::string::npos; end = held_.find('\n', begin)) {
        take_(std::string_view{held_}.substr(begin, end - begin));
        begin = end + 1;
    }
    held_.erase(0, begin);
    if (held_.size() > longest_line) {
        flush();
    }
}

void LineBuffer::flush() {
    if (!held_.empty()) {
        take_(held_);
        held_.clear();
    }
}

std::string as_shown(std::string_view line) {
    while (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    if (auto const redrawn = line.rfind('\r'); redrawn != std::string_view::npos) {
        line.remove_prefix(redrawn + 1);
    }
    std::string out;
    for (std::size_t i = 0; i < line.size();) {
        if (line[i] == escape) {
            i += escape_length(line.substr(i));
        } else {
            out += line[i++];
        }
    }
    return out;
}

} // namespace slipway::text
