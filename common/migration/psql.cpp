// SPDX-License-Identifier: Apache-2.0
#include "migration/psql.hpp"

#include "pg/quote.hpp"
#include "sql/lexer.hpp"

#include <algorithm>

namespace slipway::migration {

namespace {

// psql's variable_char: letters, digits, the underline and every byte beyond ASCII.
std::size_t end_of_name(std::string_view text, std::size_t from) {
    auto const in_name = [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
               (byte >= '0' && byte <= '9') || byte == '_' ||
               static_cast<unsigned char>(byte) >= 0x80U;
    };
    auto const* const end =
        std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), in_name);
    return static_cast<std::size_t>(end - text.begin());
}

// What stands at a colon: the whole of it, the name in it, and how the value is written.
struct Use {
    std::size_t length = 0; // 0: it is no use of a variable
    std::string_view name;
    char form = 0; // a quote, `?`, or nothing
};

Use use_at(std::string_view text, std::size_t colon) {
    std::size_t const first = colon + 1;
    if (first >= text.size()) {
        return {};
    }
    char const mark = text[first];
    std::size_t const before = mark == '\'' || mark == '"' ? 1 : mark == '{' ? 2 : 0;
    if (mark == '{' && text.substr(first).substr(0, 2) != "{?") {
        return {};
    }
    std::size_t const begin = first + before;
    std::size_t const end = begin > text.size() ? begin : end_of_name(text, begin);
    if (end <= begin) {
        return {};
    }
    auto const name = text.substr(begin, end - begin);
    if (before == 0) {
        return {end - colon, name, 0};
    }
    char const closing = mark == '{' ? '}' : mark;
    bool const closed = end < text.size() && text[end] == closing;
    return closed ? Use{end + 1 - colon, name, mark == '{' ? '?' : mark} : Use{};
}

constexpr int deepest = 16;

std::string replaced(std::string_view sql, PsqlVariables const& variables, int depth);

// psql reads the value of `:name` as a part of the script, variables included.
std::string
value_of(Use const& use, std::string const& value, PsqlVariables const& variables, int depth) {
    switch (use.form) {
    case '\'':
        return pg::quote_literal(value);
    case '"':
        return pg::quote_identifier(value);
    default:
        return depth < deepest && value.find(':') != std::string::npos
                   ? replaced(value, variables, depth + 1)
                   : value;
    }
}

std::vector<Replacement>
replacements_in(std::string_view sql, PsqlVariables const& variables, int depth) {
    std::vector<Replacement> out;
    sql::Lexer lexer{sql};
    for (auto token = lexer.next(); token.kind != sql::Token::Kind::end; token = lexer.next()) {
        bool const colon = token.kind == sql::Token::Kind::other && token.text.front() == ':';
        if (!colon) {
            continue;
        }
        std::size_t const at = token.offset;
        char const next = at + 1 < sql.size() ? sql[at + 1] : '\0';
        if (next == ':' || next == '=') { // a cast, an assignment
            lexer.move_to(at + 2);
            continue;
        }
        Use const use = use_at(sql, at);
        auto const found = variables.find(use.name);
        bool const known = use.length > 0 && found != variables.end();
        if (known || use.form == '?') {
            std::string value = use.form == '?' ? (known ? "TRUE" : "FALSE")
                                                : value_of(use, found->second, variables, depth);
            out.push_back({at, use.length, std::move(value)});
            lexer.move_to(at + use.length);
        }
    }
    return out;
}

std::string replaced(std::string_view sql, PsqlVariables const& variables, int depth) {
    std::string out;
    std::size_t at = 0;
    for (auto const& one : replacements_in(sql, variables, depth)) {
        out += sql.substr(at, one.from - at);
        out += one.value;
        at = one.from + one.taken;
    }
    return out += sql.substr(at);
}

Error fault(std::string message) {
    return Error{ErrorKind::usage, std::move(message), "Write it out in the migration."};
}

// Reads the arguments of a command one by one.
class Arguments {
public:
    Arguments(std::string_view text, PsqlVariables const& variables)
        : text_(text), variables_(variables) {}

    std::vector<std::string> all() {
        std::vector<std::string> out;
        while (skip_blanks()) {
            out.push_back(next());
        }
        return out;
    }

private:
    bool skip_blanks() {
        at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size());
        return at_ < text_.size();
    }

    std::string next() {
        std::string out;
        while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != '\t') {
            char const byte = text_[at_];
            if (byte == '`') {
                throw fault("a shell command in backquotes cannot be run");
            }
            if (byte == '\\') {
                throw fault("a second psql command on the line");
            }
            if (byte == '\'') {
                take_quoted(out);
            } else if (byte != ':' || !take_variable(out)) {
                out += byte;
                ++at_;
            }
        }
        return out;
    }

    bool take_variable(std::string& out) {
        Use const use = use_at(text_, at_);
        auto const found = variables_.find(use.name);
        if (use.length == 0 || found == variables_.end()) {
            return false;
        }
        at_ += use.length;
        out += use.form == '?' ? "TRUE" : value_of(use, found->second, {}, deepest);
        return true;
    }

    // '' stands for a quote, and a backslash for what it does in C.
    void take_quoted(std::string& out) {
        for (++at_; at_ < text_.size(); ++at_) {
            char const byte = text_[at_];
            bool const last = at_ + 1 >= text_.size();
            if (byte == '\'' && (last || text_[at_ + 1] != '\'')) {
                ++at_;
                return;
            }
            if (byte == '\'') {
                ++at_;
                out += '\'';
            } else if (byte == '\\' && !last) {
                ++at_;
                out += escaped(text_[at_]);
            } else {
                out += byte;
            }
        }
        throw fault("a quoted argument does not end");
    }

    static char escaped(char byte) {
        constexpr std::string_view letters = "ntbrf";
        constexpr std::string_view meanings = "\n\t\b\r\f";
        auto const at = letters.find(byte);
        if ((byte >= '0' && byte <= '7') || byte == 'x') {
            throw fault("a character given by its number in a quoted argument is not understood");
        }
        return at == std::string_view::npos ? byte : meanings[at];
    }

    std::string_view text_;
    PsqlVariables const& variables_;
    std::size_t at_ = 0;
};

} // namespace

std::vector<Replacement> psql_replacements(std::string_view sql, PsqlVariables const& variables) {
    return replacements_in(sql, variables, 0);
}

std::vector<std::string> psql_arguments(std::string_view command, PsqlVariables const& variables) {
    auto const name = std::min(command.find_first_of(" \t"), command.size());
    return Arguments{command.substr(name), variables}.all();
}

} // namespace slipway::migration
