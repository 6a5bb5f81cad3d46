// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"

#include <cstdint>
#include <string_view>

namespace slipway::sql {

/// A lexical element of SQL; comments and white space are none.
struct Token {
    enum class Kind : std::uint8_t {
        end,
        word,
        quoted_name,
        string,
        number,
        semicolon,
        open,
        close,
        backslash,
        other
    };

    Kind kind = Kind::end;
    std::size_t offset = 0;
    std::string_view text;
    /// Where the first optimizer hint (a comment that starts with `/*+`) before this token starts;
    /// npos where there is none.
    std::size_t hint = std::string_view::npos;

    [[nodiscard]] std::size_t after() const { return offset + text.size(); }

    /// Whether it is that key word (in lower case), in any case and not quoted.
    [[nodiscard]] bool is(std::string_view key_word) const;
};

/// Reads SQL as psql's lexer does with standard_conforming_strings on; `script` must outlive it.
class Lexer {
public:
    explicit Lexer(std::string_view script, std::string_view file = {});

    /// The next token, or one of kind `end`; throws usage with the line where a quote, dollar
    /// quote or comment began that does not end.
    Token next();

    /// Goes on from this offset of the script.
    void move_to(std::size_t offset) { at_ = offset; }

    [[nodiscard]] std::size_t offset() const { return at_; }

private:
    std::size_t skip_blank();
    std::size_t end_of_comment(std::size_t start) const;
    std::size_t end_of_line(std::size_t from) const;
    std::size_t end_of_quoted(std::size_t open, char quote, std::string_view what) const;
    std::size_t end_of_escape_string(std::size_t open) const;
    [[nodiscard]] std::size_t continued_string(std::size_t from) const;
    [[nodiscard]] std::size_t end_of_word(std::size_t from) const;
    Token token(Token::Kind kind, std::size_t start, std::size_t end);
    Token word_or_prefixed_string(std::size_t start);
    Token dollar(std::size_t start);
    [[noreturn]] void unterminated(std::string_view what) const;

    std::string_view script_;
    std::string_view file_;
    std::size_t at_ = 0;
    std::size_t hint_ = std::string_view::npos;
};

} // namespace slipway::sql
