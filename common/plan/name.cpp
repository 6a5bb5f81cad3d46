// SPDX-License-Identifier: Apache-2.0
#include "plan/name.hpp"

namespace slipway::plan {

bool is_name_byte(char byte) {
    auto const code = static_cast<unsigned char>(byte);
    return code >= 0x80U || byte == '_' || byte == '$' || (byte >= '0' && byte <= '9') ||
           (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

namespace {

std::string quoted_part(std::string_view text, std::size_t& at) {
    std::string out;
    for (++at; at < text.size(); ++at) {
        if (text[at] == '"') {
            if (at + 1 >= text.size() || text[at + 1] != '"') {
                ++at;
                break;
            }
            ++at;
        }
        out += text[at];
    }
    return out;
}

std::string plain_part(std::string_view text, std::size_t& at) {
    std::string out;
    for (; at < text.size() && is_name_byte(text[at]); ++at) {
        char const byte = text[at];
        out += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
    }
    return out;
}

} // namespace

std::vector<std::string> parts_of_name(std::string_view text) {
    std::vector<std::string> out;
    std::size_t at = 0;
    while (at < text.size()) {
        std::string part = text[at] == '"' ? quoted_part(text, at) : plain_part(text, at);
        if (part.empty()) {
            break;
        }
        out.push_back(std::move(part));
        if (at >= text.size() || text[at] != '.') {
            break;
        }
        ++at;
    }
    return out;
}

} // namespace slipway::plan
