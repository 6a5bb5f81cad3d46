// SPDX-License-Identifier: Apache-2.0
#include "sql/lexer.hpp"

#include "sql/place.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace slipway::sql {

namespace {

constexpr auto none = std::string_view::npos;

enum class Class : std::uint8_t { other, blank, letter, digit };

constexpr std::array<Class, 256> classes_of_bytes() {
    std::array<Class, 256> table{};
    for (char const byte : {' ', '\t', '\n', '\r', '\f', '\v'}) {
        table[static_cast<unsigned char>(byte)] = Class::blank;
    }
    for (unsigned byte = 0; byte < 256; ++byte) {
        bool const latin = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (latin || byte == '_' || byte >= 0x80) {
            table[byte] = Class::letter;
        } else if (byte >= '0' && byte <= '9') {
            table[byte] = Class::digit;
        }
    }
    return table;
}

constexpr std::array<Class, 256> classes = classes_of_bytes();

Class class_of(char byte) {
    return classes[static_cast<unsigned char>(byte)];
}

bool in_word(char byte) {
    Class const kind = class_of(byte);
    return kind == Class::letter || kind == Class::digit;
}

char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

} // namespace

bool Token::is(std::string_view key_word) const {
    return kind == Kind::word &&
           std::equal(
               text.begin(), text.end(), key_word.begin(), key_word.end(), [](char a, char b) {
                   return lower(a) == b;
               });
}

Lexer::Lexer(std::string_view script, std::string_view file)
    : script_(script), file_(file), at_(byte_order_mark(script)) {}

void Lexer::unterminated(std::string_view what) const {
    // Up to here at_ has stayed where the token or comment starts, its prefix included.
    Where const where = place_in(script_, at_, file_);
    throw Error{
        ErrorKind::usage,
        where.text() + ": the " + std::string{what} + " that begins here does not end"}
        .with_where(where);
}

std::size_t Lexer::end_of_line(std::size_t from) const {
    while (from < script_.size() && script_[from] != '\n' && script_[from] != '\r') {
        ++from;
    }
    return from;
}

std::size_t Lexer::end_of_comment(std::size_t start) const {
    int depth = 1;
    for (std::size_t at = start + 2; at + 1 < script_.size(); ++at) {
        if (script_[at] == '*' && script_[at + 1] == '/') {
            ++at;
            if (--depth == 0) {
                return at + 1;
            }
        } else if (script_[at] == '/' && script_[at + 1] == '*') {
            ++at;
            ++depth;
        }
    }
    unterminated("comment");
}

// Moves over white space and comments; returns where the next token starts.
std::size_t Lexer::skip_blank() {
    for (; at_ < script_.size(); ++at_) {
        char const byte = script_[at_];
        if (class_of(byte) == Class::blank) {
            continue;
        }
        char const next = at_ + 1 < script_.size() ? script_[at_ + 1] : '\0';
        if (byte == '-' && next == '-') {
            at_ = end_of_line(at_);
        } else if (byte == '/' && next == '*') {
            if (hint_ == none && script_.substr(at_ + 2).starts_with('+')) {
                hint_ = at_;
            }
            at_ = end_of_comment(at_) - 1;
        } else {
            break;
        }
    }
    at_ = std::min(at_, script_.size());
    return at_;
}

std::size_t Lexer::end_of_quoted(std::size_t open, char quote, std::string_view what) const {
    std::size_t at = script_.find(quote, open + 1);
    // A doubled quote stands for itself.
    while (at != none && at + 1 < script_.size() && script_[at + 1] == quote) {
        at = script_.find(quote, at + 2);
    }
    if (at == none) {
        unterminated(what);
    }
    return at + 1;
}

// Where the next part of a string opens: parts with only blanks and a line end between them are
// one string, and a later part of an E'' string has its escapes too. `from` where there is none.
std::size_t Lexer::continued_string(std::size_t from) const {
    bool new_line = false;
    for (std::size_t at = from; at < script_.size(); ++at) {
        char const byte = script_[at];
        if (byte == '-' && script_.substr(at).starts_with("--")) {
            at = end_of_line(at) - 1;
        } else if (class_of(byte) == Class::blank) {
            new_line = new_line || byte == '\n' || byte == '\r';
        } else {
            return byte == '\'' && new_line ? at : from;
        }
    }
    return from;
}

std::size_t Lexer::end_of_escape_string(std::size_t open) const {
    for (std::size_t at = open + 1; at < script_.size(); ++at) {
        if (script_[at] == '\\') {
            ++at;
        } else if (script_[at] == '\'') {
            if (at + 1 < script_.size() && script_[at + 1] == '\'') {
                ++at;
                continue;
            }
            std::size_t const next = continued_string(at + 1);
            if (next == at + 1) {
                return next;
            }
            at = next;
        }
    }
    unterminated("string");
}

std::size_t Lexer::end_of_word(std::size_t from) const {
    while (from < script_.size() && (in_word(script_[from]) || script_[from] == '$')) {
        ++from;
    }
    return from;
}

Token Lexer::token(Token::Kind kind, std::size_t start, std::size_t end) {
    at_ = end;
    Token const made{kind, start, script_.substr(start, end - start), hint_};
    hint_ = none;
    return made;
}

Token Lexer::word_or_prefixed_string(std::size_t start) {
    char const first = lower(script_[start]);
    char const second = start + 1 < script_.size() ? script_[start + 1] : '\0';
    if (second == '\'') {
        if (first == 'e') {
            return token(Token::Kind::string, start, end_of_escape_string(start + 1));
        }
        if (first == 'b' || first == 'x' || first == 'n') {
            return token(Token::Kind::string, start, end_of_quoted(start + 1, '\'', "string"));
        }
    }
    if (first == 'u' && second == '&' && start + 2 < script_.size()) {
        if (script_[start + 2] == '\'') {
            return token(Token::Kind::string, start, end_of_quoted(start + 2, '\'', "string"));
        }
        if (script_[start + 2] == '"') {
            auto const end = end_of_quoted(start + 2, '"', "quoted name");
            return token(Token::Kind::quoted_name, start, end);
        }
    }
    return token(Token::Kind::word, start, end_of_word(start + 1));
}

Token Lexer::dollar(std::size_t start) {
    std::size_t at = start + 1;
    if (at < script_.size() && class_of(script_[at]) != Class::digit) {
        while (at < script_.size() && in_word(script_[at])) {
            ++at;
        }
        if (at < script_.size() && script_[at] == '$') {
            auto const tag = script_.substr(start, at + 1 - start);
            auto const close = script_.find(tag, at + 1);
            if (close == none) {
                unterminated("dollar-quoted string");
            }
            return token(Token::Kind::string, start, close + tag.size());
        }
    }
    return token(Token::Kind::other, start, start + 1);
}

Token Lexer::next() {
    std::size_t const start = skip_blank();
    if (start == script_.size()) {
        return token(Token::Kind::end, start, start);
    }
    char const byte = script_[start];
    if (class_of(byte) == Class::letter) {
        return word_or_prefixed_string(start);
    }
    if (class_of(byte) == Class::digit) {
        std::size_t end = start + 1;
        while (end < script_.size() && in_word(script_[end])) {
            ++end;
        }
        return token(Token::Kind::number, start, end);
    }
    switch (byte) {
    case '\'':
        return token(Token::Kind::string, start, end_of_quoted(start, '\'', "string"));
    case '"':
        return token(Token::Kind::quoted_name, start, end_of_quoted(start, '"', "quoted name"));
    case '$':
        return dollar(start);
    case ';':
        return token(Token::Kind::semicolon, start, start + 1);
    case '(':
        return token(Token::Kind::open, start, start + 1);
    case ')':
        return token(Token::Kind::close, start, start + 1);
    case '\\':
        return token(Token::Kind::backslash, start, start + 1);
    default:
        return token(Token::Kind::other, start, start + 1);
    }
}

} // namespace slipway::sql
