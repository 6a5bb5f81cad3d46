// SPDX-License-Identifier: Apache-2.0
#include "text/escape.hpp"

#include <algorithm>
#include <cstdint>

namespace slipway::text {

namespace {

bool alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_www(std::string_view text) {
    return text.find_first_not_of("wW") == std::string_view::npos;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

} // namespace

std::string percent_encode(std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (char const c : value) {
        if (alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            auto const byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view value) {
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '%') {
            out += value[i];
            continue;
        }
        if (i + 2 >= value.size()) {
            return std::nullopt;
        }
        int const high = hex_value(value[i + 1]);
        int const low = hex_value(value[i + 2]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

std::string html_escape(std::string_view value) {
    std::string out;
    for (char const c : value) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string base64_encode(std::string_view value) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((value.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < value.size(); i += 3) {
        std::uint32_t word = 0;
        std::size_t const have = std::min<std::size_t>(3, value.size() - i);
        for (std::size_t k = 0; k < 3; ++k) {
            word = (word << 8U) | (k < have ? static_cast<unsigned char>(value[i + k]) : 0U);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out += k <= have ? digits[(word >> (18U - 6U * k)) & 63U] : '=';
        }
    }
    return out;
}

std::string gfm_escape(std::string_view value) {
    constexpr std::string_view special_anywhere = "\\`*_[]|~$";
    constexpr std::string_view special_at_start = "#+-=";
    constexpr std::string_view digits = "0123456789";
    std::string out;
    for (std::size_t i = 0; i < value.size(); ++i) {
        char const c = value[i];
        auto const before = value.substr(0, i);
        bool const numbers_a_list = (c == '.' || c == ')') && !before.empty() &&
                                    before.find_first_not_of(digits) == std::string_view::npos;
        if (c == '\n' || c == '\r' || c == '\t') {
            out += ' ';
        } else if (c == '&') {
            out += "&amp;";
        } else if (c == '<') {
            out += "&lt;";
        } else if (c == '>') {
            out += "&gt;";
        } else if (c == '@') {
            // A backslash does not stop GitHub's mentions and autolinks; an entity does.
            out += "&#64;";
        } else if (c == ':' && value.substr(i).starts_with("://")) {
            out += "&#58;";
        } else if (c == '.' && before.size() >= 3 && is_www(before.substr(before.size() - 3))) {
            out += "&#46;";
        } else if (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f') {
            bool const special = special_anywhere.find(c) != std::string_view::npos ||
                                 (i == 0 && special_at_start.find(c) != std::string_view::npos);
            out += special || numbers_a_list ? "\\" : "";
            out += c;
        }
    }
    return out;
}

std::string gfm_code(std::string_view value) {
    std::size_t longest = 0;
    std::size_t run = 0;
    std::string flat;
    for (char const c : value) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
        if (c == '|') {
            flat += "\\|";
        } else {
            flat += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    std::string const fence(longest + 1, '`');
    // A reader takes one space off at both ends, unless there is nothing but spaces.
    bool const spaces = flat.find_first_not_of(' ') == std::string::npos;
    bool const stripped = !spaces && flat.front() == ' ' && flat.back() == ' ';
    std::string const pad = longest > 0 || flat.empty() || stripped ? " " : "";
    return fence + pad + flat + pad + fence;
}

std::string shell_quote(std::string_view value) {
    auto const plain = [](char c) {
        return alphanumeric(c) || std::string_view{"-_./=:,@%+"}.find(c) != std::string_view::npos;
    };
    if (!value.empty() && std::all_of(value.begin(), value.end(), plain)) {
        return std::string{value};
    }
    std::string out = "'";
    for (char const c : value) {
        out += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
    }
    return out + "'";
}

} // namespace slipway::text
