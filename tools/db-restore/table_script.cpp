// SPDX-License-Identifier: Apache-2.0
#include "table_script.hpp"

#include "pg/quote.hpp"
#include "sql/lexer.hpp"
#include "sql/split.hpp"
#include "text/join.hpp"

#include <algorithm>

namespace slipway::db_restore {

namespace {

using sql::Token;

std::vector<Token> tokens_of(std::string_view statement) {
    std::vector<Token> out;
    sql::Lexer lexer{statement};
    for (auto token = lexer.next(); token.kind != Token::Kind::end; token = lexer.next()) {
        out.push_back(token);
    }
    return out;
}

bool is_name(Token const& token) {
    return token.kind == Token::Kind::word || token.kind == Token::Kind::quoted_name;
}

std::string value(Token const& token) {
    if (token.kind != Token::Kind::quoted_name) {
        return std::string{token.text};
    }
    return text::replace_all(token.text.substr(1, token.text.size() - 2), "\"\"", "\"");
}

// `schema.name` at this place.
bool names(std::vector<Token> const& tokens, std::size_t at, QualifiedName const& wanted) {
    return at + 2 < tokens.size() && is_name(tokens[at]) && tokens[at + 1].text == "." &&
           is_name(tokens[at + 2]) && value(tokens[at]) == wanted.schema &&
           value(tokens[at + 2]) == wanted.name;
}

bool is_qualified(std::vector<Token> const& tokens, std::size_t at) {
    return at + 2 < tokens.size() && is_name(tokens[at]) && tokens[at + 1].text == ".";
}

// What pg_dump's statement is about: the first qualified name behind one of these words.
std::size_t subject(std::vector<Token> const& tokens) {
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        auto const& token = tokens[i];
        bool const leads = token.is("table") || token.is("on") || token.is("column") ||
                           token.is("index") || token.is("sequence") || token.is("only") ||
                           (tokens[1].is("statistics") && token.is("from")) ||
                           (tokens[1].is("rule") && token.is("to"));
        if (leads && is_qualified(tokens, i + 1)) {
            return i + 1;
        }
    }
    return tokens.size();
}

bool has(std::vector<Token> const& tokens, std::string_view first, std::string_view second) {
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        if (tokens[i].is(first) && tokens[i + 1].is(second)) {
            return true;
        }
    }
    return false;
}

// Of the table alone; everything else ties it to others.
bool is_of_itself(std::vector<Token> const& tokens) {
    if (tokens[0].is("create")) {
        return tokens[1].is("table") || tokens[1].is("unlogged") || tokens[1].is("index") ||
               tokens[1].is("unique");
    }
    bool const alters = tokens[0].is("alter") && (tokens[1].is("table") || tokens[1].is("index"));
    return alters && !has(tokens, "foreign", "key") && !has(tokens, "owner", "to") &&
           !has(tokens, "row", "level") && !has(tokens, "enable", "trigger") &&
           !has(tokens, "disable", "trigger");
}

} // namespace

TableScript::TableScript(
    std::string_view before_data,
    std::string_view after_data,
    QualifiedName table)
    : table_(std::move(table)) {
    // Who owns a sequence is told behind what makes it.
    for (auto const& statement : sql::split(before_data, "pg_restore")) {
        auto const tokens = tokens_of(statement.text);
        if (tokens.size() > 7 && tokens[0].is("alter") && tokens[1].is("sequence") &&
            tokens[5].is("owned") && names(tokens, 7, table_)) {
            sequences_.insert(value(tokens[4]));
        }
    }
    read(before_data, make_);
    read(after_data, complete_);
}

void TableScript::read(std::string_view script, std::vector<std::string>& into) {
    for (auto const& statement : sql::split(script, "pg_restore")) {
        if (statement.kind == sql::Statement::Kind::meta) {
            continue;
        }
        auto const tokens = tokens_of(statement.text);
        auto const at = subject(tokens);
        if (tokens.size() < 3 || !is_qualified(tokens, at)) {
            continue;
        }
        std::string const name = value(tokens[at + 2]);
        if (value(tokens[at]) == table_.schema && sequences_.contains(name)) {
            auto& list = has(tokens, "owned", "by") ? own_sequences_ : make_sequences_;
            list.emplace_back(statement.text);
        } else if (value(tokens[at]) == table_.schema && indexes_.contains(name)) {
            tie_.emplace_back(statement.text); // COMMENT ON INDEX
        } else if (names(tokens, at, table_)) {
            auto const index = std::find_if(
                tokens.begin(), tokens.end(), [](auto const& one) { return one.is("index"); });
            bool const made = tokens[0].is("create") && index != tokens.end();
            if (made && index + 1 != tokens.end()) {
                indexes_.insert(value(*(index + 1)));
            }
            auto& list = is_of_itself(tokens) ? into : tie_;
            list.emplace_back(statement.text);
        }
    }
}

std::string TableScript::moved(std::string_view statement, std::string_view staging) const {
    std::string out;
    std::size_t done = 0;
    auto const tokens = tokens_of(statement);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        bool const identity = i >= 2 && tokens[i - 2].is("sequence") && tokens[i - 1].is("name") &&
                              is_qualified(tokens, i);
        if (identity || names(tokens, i, table_)) {
            out += statement.substr(done, tokens[i].offset - done);
            out += pg::quote_identifier(staging);
            done = tokens[i].after();
            i += 2;
        }
    }
    out += statement.substr(done);
    return out;
}

std::vector<std::string> TableScript::make(std::string_view staging) const {
    std::vector<std::string> out;
    for (auto const& statement : make_) {
        out.push_back(moved(statement, staging));
    }
    return out;
}

std::vector<std::string> TableScript::complete(std::string_view staging) const {
    std::vector<std::string> out;
    for (auto const& statement : complete_) {
        out.push_back(moved(statement, staging));
    }
    return out;
}

} // namespace slipway::db_restore
