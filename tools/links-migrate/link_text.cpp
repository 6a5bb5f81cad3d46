// SPDX-License-Identifier: Apache-2.0
#include "link_text.hpp"

#include "text/join.hpp"

#include <algorithm>

namespace slipway::links_migrate {

namespace {

bool is_control(char c) {
    return (c > '\0' && c < ' ') || c == '\x7f';
}

} // namespace

std::string_view trim(std::string_view text, std::string_view blanks) {
    auto const first = text.find_first_not_of(blanks);
    return first == std::string_view::npos
               ? std::string_view{}
               : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view cut(std::string_view text) {
    return trim(text, " \t\r\n");
}

std::string_view first_characters(std::string_view text, std::size_t most) {
    std::size_t seen = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        bool const begins = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (begins && ++seen > most) {
            return text.substr(0, at);
        }
    }
    return text;
}

std::string pointer(std::string_view member) {
    return "/" + text::replace_all(text::replace_all(member, "~", "~0"), "/", "~1");
}

std::size_t end_of_host(std::string_view url) {
    return std::min(url.find_first_of("/?#", url.find(':') + 3), url.size());
}

std::string without_controls(std::string_view text) {
    std::string out;
    bool before = false;
    for (char const c : text) {
        bool const control = is_control(c);
        if (!control) {
            out += c;
        } else if (!before) {
            out += ' ';
        }
        before = control;
    }
    return out;
}

} // namespace slipway::links_migrate
