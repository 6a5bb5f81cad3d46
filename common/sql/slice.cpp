// SPDX-License-Identifier: Apache-2.0
#include "sql/slice.hpp"

#include "sql/lexer.hpp"

#include <algorithm>

namespace slipway::sql::slice {

namespace {

// The tokens from an offset on, each with the number of brackets that are open before it.
class Walk {
public:
    Walk(std::string_view source, std::size_t from) : lexer_(source) { lexer_.move_to(from); }

    // The next token outside of all brackets; the brackets themselves are within.
    Token next() {
        Token token = lexer_.next();
        while (token.kind != Token::Kind::end) {
            int const before = depth_;
            depth_ += opens(token) ? 1 : closes(token) ? -1 : 0;
            if (before <= 0 && !opens(token)) {
                return token;
            }
            token = lexer_.next();
        }
        return token;
    }

    static bool opens(Token const& token) {
        return token.kind == Token::Kind::open || token.text == "[";
    }

    static bool closes(Token const& token) {
        return token.kind == Token::Kind::close || token.text == "]";
    }

private:
    Lexer lexer_;
    int depth_ = 0;
};

std::string trimmed(std::string_view source, std::size_t from, std::size_t end) {
    Lexer lexer{source};
    lexer.move_to(from);
    std::size_t first = std::string_view::npos;
    std::size_t last = from;
    for (Token token = lexer.next(); token.kind != Token::Kind::end && token.offset < end;
         token = lexer.next()) {
        first = std::min(first, token.offset);
        last = token.after();
    }
    return first >= last ? std::string{} : std::string{source.substr(first, last - first)};
}

} // namespace

std::string until(
    std::string_view source,
    std::size_t from,
    std::initializer_list<std::string_view> key_words,
    std::size_t end) {
    Lexer lexer{source};
    lexer.move_to(from);
    std::size_t const first = lexer.next().offset;
    Walk walk{source, from};
    Token token = walk.next();
    while (token.kind != Token::Kind::end && token.offset < end) {
        bool const stops = std::any_of(
            key_words.begin(), key_words.end(), [&](auto word) { return token.is(word); });
        if (token.text == "," || token.kind == Token::Kind::semicolon || Walk::closes(token) ||
            (stops && token.offset != first)) {
            break;
        }
        token = walk.next();
    }
    return trimmed(
        source, from, token.kind == Token::Kind::end ? end : std::min(end, token.offset));
}

std::size_t after(std::string_view source, std::size_t from, std::string_view key_word) {
    Walk walk{source, from};
    for (Token token = walk.next(); token.kind != Token::Kind::end; token = walk.next()) {
        if (token.is(key_word)) {
            return token.after();
        }
    }
    return std::string_view::npos;
}

std::string bracketed(std::string_view source, std::size_t from) {
    Lexer lexer{source};
    lexer.move_to(from);
    Token token = lexer.next();
    while (token.kind != Token::Kind::end && token.kind != Token::Kind::open) {
        token = lexer.next();
    }
    std::size_t const start = token.after();
    for (int depth = 1; token.kind != Token::Kind::end;) {
        token = lexer.next();
        depth += token.kind == Token::Kind::open ? 1 : token.kind == Token::Kind::close ? -1 : 0;
        if (depth == 0) {
            return trimmed(source, start, token.offset);
        }
    }
    return {};
}

std::string type(std::string_view source, std::size_t from) {
    return until(
        source,
        from,
        {"constraint",
         "not",
         "null",
         "check",
         "default",
         "generated",
         "unique",
         "primary",
         "references",
         "collate",
         "compression",
         "storage",
         "options",
         "using",
         "deferrable",
         "initially",
         "as",
         "cascade",
         "restrict"});
}

std::vector<std::size_t> parts(std::string_view source, std::size_t from) {
    std::vector<std::size_t> starts{from};
    Walk walk{source, from};
    for (Token token = walk.next(); token.kind != Token::Kind::end; token = walk.next()) {
        if (token.text == ",") {
            starts.push_back(token.after());
        }
    }
    return starts;
}

} // namespace slipway::sql::slice
