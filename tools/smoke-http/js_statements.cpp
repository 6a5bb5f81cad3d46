// SPDX-License-Identifier: Apache-2.0
#include "js_statements.hpp"

#include "text/join.hpp"

#include <array>

namespace slipway::smoke_http {

namespace {

bool is_word(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '$';
}

// Where a token that may hold any character ends: a string, a comment, a regular expression; the
// position itself where none begins there.
std::size_t skip_token(std::string_view text, std::size_t at, char before) {
    char const byte = text[at];
    if (byte == '"' || byte == '\'' || byte == '`') {
        for (std::size_t i = at + 1; i < text.size(); ++i) {
            if (text[i] == '\\') {
                ++i;
            } else if (text[i] == byte) {
                return i + 1;
            }
        }
        return text.size();
    }
    if (text.substr(at).starts_with("//")) {
        return std::min(text.find('\n', at), text.size());
    }
    if (text.substr(at).starts_with("/*")) {
        auto const end = text.find("*/", at + 2);
        return end == std::string_view::npos ? text.size() : end + 2;
    }
    constexpr std::string_view before_regex = "(,=:![&|?{};\n";
    if (byte == '/' && (before == '\0' || before_regex.find(before) != std::string_view::npos)) {
        bool in_class = false;
        for (std::size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
            if (text[i] == '\\') {
                ++i;
            } else if (text[i] == '[' || text[i] == ']') {
                in_class = text[i] == '[';
            } else if (text[i] == '/' && !in_class) {
                return i + 1;
            }
        }
    }
    return at;
}

bool is_comment(std::string_view token) {
    return token.starts_with("//") || token.starts_with("/*");
}

int depth_change(char byte) {
    return byte == '(' || byte == '[' || byte == '{'   ? 1
           : byte == ')' || byte == ']' || byte == '}' ? -1
                                                       : 0;
}

// Whether a line that ends here goes on in the next one.
bool goes_on(std::string_view before, std::string_view after) {
    constexpr std::array<std::string_view, 9> ends{"=", "&&", "||", ",", "+", "?", ":", "=>", "."};
    constexpr std::array<std::string_view, 6> fronts{".", "&&", "||", "?", ":", "+"};
    for (auto const end : ends) {
        if (before.ends_with(end)) {
            return true;
        }
    }
    for (auto const front : fronts) {
        if (after.starts_with(front)) {
            return true;
        }
    }
    return false;
}

bool begins_block(std::string_view statement) {
    constexpr std::array<std::string_view, 8> words{
        "if", "for", "while", "function", "try", "switch", "do", "async function"};
    for (auto const word : words) {
        if (statement.starts_with(word) &&
            (statement.size() == word.size() || !is_word(statement[word.size()]))) {
            return true;
        }
    }
    return statement.starts_with("{");
}

bool continues_block(std::string_view after) {
    return after.starts_with("else") || after.starts_with("catch") ||
           after.starts_with("finally") || after.starts_with("while");
}

} // namespace

std::vector<std::string> js_statements(std::string_view script) {
    std::vector<std::string> out;
    std::string statement;
    int depth = 0;
    char before = '\0';
    auto const end_statement = [&] {
        auto const whole = std::string{text::trim(statement)};
        if (!whole.empty()) {
            out.push_back(whole);
        }
        statement.clear();
        depth = 0;
    };
    for (std::size_t at = 0; at < script.size();) {
        if (auto const end = skip_token(script, at, before); end != at) {
            auto const token = script.substr(at, end - at);
            if (!is_comment(token)) {
                statement += token;
                before = '"';
            }
            at = end;
            continue;
        }
        char const byte = script[at++];
        depth += depth_change(byte);
        if (byte == ';' && depth <= 0) {
            end_statement();
            before = '\0';
            continue;
        }
        statement += byte;
        before = byte == ' ' || byte == '\t' || byte == '\r' ? before : byte;
        auto const after = text::trim(script.substr(at));
        auto const so_far = text::trim(statement);
        if (byte == '\n' && depth <= 0 && !goes_on(so_far, after) && !begins_block(so_far)) {
            end_statement();
        } else if (byte == '}' && depth <= 0 && begins_block(so_far) && !continues_block(after)) {
            end_statement();
        }
    }
    end_statement();
    return out;
}

std::vector<std::string> js_split(std::string_view text, char separator) {
    std::vector<std::string> out{""};
    int depth = 0;
    char before = '\0';
    for (std::size_t at = 0; at < text.size();) {
        if (auto const end = skip_token(text, at, before); end != at) {
            auto const token = text.substr(at, end - at);
            if (!is_comment(token)) {
                out.back() += token;
                before = '"';
            }
            at = end;
            continue;
        }
        char const byte = text[at++];
        depth += depth_change(byte);
        if (byte == separator && depth == 0) {
            out.emplace_back();
        } else {
            out.back() += byte;
        }
        before = byte == ' ' ? before : byte;
    }
    for (auto& piece : out) {
        piece = std::string{text::trim(piece)};
    }
    return out;
}

std::size_t js_closing(std::string_view text, std::size_t open) {
    int depth = 0;
    char before = '\0';
    for (std::size_t at = open; at < text.size();) {
        if (auto const end = skip_token(text, at, before); end != at) {
            before = '"';
            at = end;
            continue;
        }
        depth += depth_change(text[at]);
        if (depth == 0) {
            return at;
        }
        before = text[at] == ' ' ? before : text[at];
        ++at;
    }
    return std::string_view::npos;
}

} // namespace slipway::smoke_http
