// SPDX-License-Identifier: Apache-2.0
#include "plan/phrase.hpp"

#include "error/error.hpp"
#include "plan/name.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <charconv>

namespace slipway::plan {

namespace {

using sql::Token;
using Tokens = std::vector<Token>;

constexpr auto npos = std::string_view::npos;

// The place of the bracket that closes the one at `open`; npos where none does.
std::size_t closing(Tokens const& tokens, std::size_t open) {
    int depth = 0;
    for (std::size_t i = open; i < tokens.size(); ++i) {
        depth += tokens[i].kind == Token::Kind::open    ? 1
                 : tokens[i].kind == Token::Kind::close ? -1
                                                        : 0;
        if (depth == 0) {
            return i;
        }
    }
    return npos;
}

// The first pair of brackets; nothing where there is none that is closed.
std::optional<std::pair<std::size_t, std::size_t>> first_brackets(Tokens const& tokens) {
    auto const open = std::find_if(tokens.begin(), tokens.end(), [](Token const& token) {
        return token.kind == Token::Kind::open;
    });
    if (open == tokens.end()) {
        return std::nullopt;
    }
    auto const first = static_cast<std::size_t>(open - tokens.begin());
    std::size_t const close = closing(tokens, first);
    return close == npos ? std::nullopt : std::optional{std::pair{first, close}};
}

std::string between(std::string_view text, Tokens const& tokens, std::size_t from, std::size_t to) {
    return from >= to ? std::string{}
                      : std::string{text.substr(
                            tokens[from].offset, tokens[to - 1].after() - tokens[from].offset)};
}

// The parts between the commas of a bracket, as ranges of tokens.
std::vector<std::pair<std::size_t, std::size_t>>
items_of(Tokens const& tokens, std::size_t open, std::size_t close) {
    std::vector<std::pair<std::size_t, std::size_t>> out;
    std::size_t from = open + 1;
    for (std::size_t i = open + 1; i <= close; ++i) {
        if (tokens[i].kind == Token::Kind::open) {
            i = closing(tokens, i);
        } else if (i == close || tokens[i].text == ",") {
            out.emplace_back(from, i);
            from = i + 1;
        }
    }
    return out;
}

// The end of a column, a call or a bracketed expression that begins at `from`.
std::size_t end_of_key(Tokens const& tokens, std::size_t from, std::size_t end) {
    std::size_t at = from;
    if (tokens[at].kind == Token::Kind::open) {
        return closing(tokens, at) + 1;
    }
    ++at;
    while (at + 1 < end && tokens[at].text == ".") {
        at += 2;
    }
    return at < end && tokens[at].kind == Token::Kind::open ? closing(tokens, at) + 1 : at;
}

// The key itself and its COLLATE; a class of operators, options and the order are left out.
std::string
key_of(std::string_view text, Tokens const& tokens, std::pair<std::size_t, std::size_t> item) {
    std::size_t const end = end_of_key(tokens, item.first, item.second);
    std::string out = between(text, tokens, item.first, end);
    if (end + 1 < item.second && tokens[end].is("collate")) {
        std::size_t const name = end_of_key(tokens, end + 1, item.second);
        out += " collate " + between(text, tokens, end + 1, name);
    }
    return out;
}

std::string condition_from(std::string_view text, Tokens const& tokens, std::size_t from) {
    for (std::size_t i = from; i < tokens.size(); ++i) {
        if (tokens[i].kind == Token::Kind::open) {
            i = closing(tokens, i);
            if (i == npos) {
                break;
            }
        } else if (tokens[i].is("where")) {
            return between(text, tokens, i + 1, tokens.size());
        }
    }
    return {};
}

std::string unquoted(std::string_view literal) {
    return literal.size() < 2 ? std::string{}
                              : text::replace_all(literal.substr(1, literal.size() - 2), "''", "'");
}

} // namespace

Tokens tokens_of_start(std::string_view statement, std::size_t most) {
    Tokens out;
    try {
        sql::Lexer lexer{statement};
        for (auto token = lexer.next(); token.kind != Token::Kind::end && out.size() < most;
             token = lexer.next()) {
            if (token.kind != Token::Kind::semicolon) {
                out.push_back(token);
            }
        }
    } catch (Error const&) {
        out.clear();
    }
    return out;
}

Tokens tokens_of(std::string_view statement) {
    return tokens_of_start(statement, npos);
}

bool says(std::string_view statement, std::initializer_list<std::string_view> words) {
    auto const tokens = tokens_of(statement);
    auto const found = std::search(
        tokens.begin(),
        tokens.end(),
        words.begin(),
        words.end(),
        [](Token const& token, std::string_view word) { return token.is(word); });
    return found != tokens.end();
}

bool says_only(std::string_view statement) {
    constexpr std::size_t enough = 400; // the table's name comes early
    auto const tokens = tokens_of_start(statement, enough);
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        auto const& before = tokens[i - 1];
        if (tokens[i].is("only") &&
            (before.is("on") || before.is("table") || before.is("exists") || before.is("update") ||
             before.is("from") || before.is("truncate") || before.is("into"))) {
            return true;
        }
    }
    return false;
}

std::optional<IndexKeys> index_keys(std::string_view statement) {
    auto const tokens = tokens_of(statement);
    auto const brackets = first_brackets(tokens);
    if (!brackets) {
        return std::nullopt;
    }
    auto const [first, close] = *brackets;
    IndexKeys keys;
    for (auto const& item : items_of(tokens, first, close)) {
        if (item.first >= item.second) {
            return std::nullopt;
        }
        keys.expressions.push_back(key_of(statement, tokens, item));
    }
    keys.condition = condition_from(statement, tokens, close + 1);
    keys.nulls_equal = says(statement, {"nulls", "not", "distinct"});
    return keys;
}

std::optional<Exclusion> exclusion_of(std::string_view text) {
    auto const tokens = tokens_of(text);
    auto const brackets = first_brackets(tokens);
    if (!brackets) {
        return std::nullopt;
    }
    auto const [first, close] = *brackets;
    Exclusion out;
    for (auto const& item : items_of(tokens, first, close)) {
        std::size_t with = item.first;
        while (with < item.second && !tokens[with].is("with")) {
            ++with;
        }
        if (item.first >= with || with + 1 >= item.second) {
            return std::nullopt;
        }
        out.expressions.push_back(key_of(text, tokens, item));
        out.operators.push_back(between(text, tokens, with + 1, item.second));
    }
    out.condition = condition_from(text, tokens, close + 1);
    return out;
}

std::optional<std::vector<std::string>> enum_values(std::string_view statement) {
    auto const tokens = tokens_of(statement);
    std::vector<std::string> out;
    bool inside = false;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].is("enum") && i > 0 && tokens[i - 1].is("as")) {
            inside = true;
        } else if (inside && tokens[i].kind == Token::Kind::string) {
            out.push_back(unquoted(tokens[i].text));
        }
    }
    return inside ? std::optional{out} : std::nullopt;
}

bool is_plain_cast(std::string_view expression, std::string_view column) {
    auto tokens = tokens_of(expression);
    // Brackets around the whole change nothing.
    while (tokens.size() > 2 && tokens.front().kind == Token::Kind::open &&
           closing(tokens, 0) == tokens.size() - 1) {
        tokens.erase(tokens.begin());
        tokens.pop_back();
    }
    auto const is_column = [&](Token const& token) {
        auto const parts = parts_of_name(token.text);
        return parts.size() == 1 && parts.front() == column;
    };
    if (tokens.empty()) {
        return false;
    }
    if (tokens.front().is("cast") && tokens.size() > 5) {
        return is_column(tokens[2]) && tokens[3].is("as");
    }
    if (!is_column(tokens.front())) {
        return false;
    }
    // `column::text::mood`: what follows are names of types, never an operator.
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        auto const& token = tokens[i];
        bool const type = token.kind == Token::Kind::word ||
                          token.kind == Token::Kind::quoted_name ||
                          token.kind == Token::Kind::number || token.kind == Token::Kind::open ||
                          token.kind == Token::Kind::close;
        if (!type && token.text != ":" && token.text != "::" && token.text != "." &&
            token.text != ",") {
            return false;
        }
    }
    return tokens.size() == 1 || tokens[1].text.starts_with(":");
}

std::vector<int> modifiers_of(std::string_view type) {
    std::vector<int> out;
    std::size_t const open = type.find('(');
    if (open == npos) {
        return out;
    }
    for (auto const part :
         text::split(type.substr(open + 1, type.find(')', open) - open - 1), ',')) {
        auto const digits = text::trim(part);
        int value = 0;
        auto const read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (read.ec != std::errc{}) {
            return {};
        }
        out.push_back(value);
    }
    return out;
}

std::vector<std::string> names_in(std::string_view text) {
    std::vector<std::string> out;
    for (auto const& token : tokens_of(text)) {
        if (token.kind == Token::Kind::word || token.kind == Token::Kind::quoted_name) {
            for (auto& part : parts_of_name(token.text)) {
                out.push_back(std::move(part));
            }
        }
    }
    return out;
}

} // namespace slipway::plan
