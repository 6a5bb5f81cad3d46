// SPDX-License-Identifier: Apache-2.0
#include "lint/ignore.hpp"

#include "fs/let_go.hpp"
#include "sql/lexer.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace slipway::lint {

namespace {

using Dialect = Ignore::Dialect;

struct Spelling {
    std::string_view words;
    Dialect dialect;
    bool whole_file;
};

// The longer ones first, since the others begin them.
constexpr std::array spellings{
    Spelling{"slipway:ignore-file", Dialect::slipway, true},
    Spelling{"slipway:ignore", Dialect::slipway, false},
    Spelling{"squawk-ignore-file", Dialect::squawk, true},
    Spelling{"squawk-ignore", Dialect::squawk, false},
    Spelling{"eugene: ignore", Dialect::eugene, false},
    Spelling{"eugene ignore", Dialect::eugene, false},
};

struct Comment {
    std::string_view body; // without its marks
    std::size_t offset;
};

bool is_name(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_' || byte == '-';
}

std::string_view take_name(std::string_view& rest) {
    rest = text::trim(rest);
    std::size_t end = 0;
    while (end < rest.size() && is_name(rest[end])) {
        ++end;
    }
    auto const name = rest.substr(0, end);
    rest.remove_prefix(end);
    return name;
}

// `a, b the reason`; squawk and eugene part the reason by `--`.
void read_names(Ignore& ignore, std::string_view rest) {
    if (ignore.dialect != Dialect::slipway) {
        if (auto const at = rest.find("--"); at != std::string_view::npos) {
            ignore.reason = text::trim(rest.substr(at + 2));
            rest = rest.substr(0, at);
        }
    }
    rest = text::trim(rest);
    if (rest.starts_with(':')) {
        rest.remove_prefix(1);
    }
    for (bool more = true; more;) {
        auto const name = take_name(rest);
        if (name.empty() || name.starts_with('-')) {
            break;
        }
        ignore.names.emplace_back(name);
        rest = text::trim(rest);
        more = rest.starts_with(',');
        rest.remove_prefix(more ? 1 : 0);
    }
    while (!rest.empty() && (rest.front() == '-' || rest.front() == ':' || rest.front() == ' ')) {
        rest.remove_prefix(1);
    }
    if (ignore.reason.empty()) {
        ignore.reason = text::trim(rest);
    }
    ignore.every_rule = ignore.names.empty() && ignore.dialect == Dialect::squawk;
}

std::optional<Ignore> read_comment(Comment const& comment) {
    auto const body = text::trim(comment.body);
    for (Spelling const& spelling : spellings) {
        auto const rest = body.substr(std::min(body.size(), spelling.words.size()));
        if (body.starts_with(spelling.words) && (rest.empty() || !is_name(rest.front()))) {
            Ignore ignore;
            ignore.dialect = spelling.dialect;
            ignore.whole_file = spelling.whole_file;
            ignore.offset = comment.offset;
            read_names(ignore, rest);
            return ignore;
        }
    }
    return std::nullopt;
}

// The comments of a text that holds nothing else but blanks and semicolons.
std::vector<Comment> comments_between(std::string_view script, std::size_t from, std::size_t end) {
    std::vector<Comment> found;
    while (from + 1 < end) {
        auto const two = script.substr(from, 2);
        if (two == "--") {
            auto const stop = std::min(end, script.find_first_of("\r\n", from));
            found.push_back({script.substr(from + 2, stop - from - 2), from});
            from = stop;
        } else if (two == "/*") {
            // A nested one ends the outer one early here; what is left of it is no comment.
            auto const stop = std::min(end, script.find("*/", from + 2));
            found.push_back({script.substr(from + 2, stop - from - 2), from});
            from = stop + 2;
        } else {
            ++from;
        }
    }
    return found;
}

std::vector<Comment> comments_inside(std::string_view script, sql::Statement const& statement) {
    std::vector<Comment> found;
    sql::Lexer lexer{statement.text};
    std::size_t after = 0;
    for (auto token = lexer.next(); token.kind != sql::Token::Kind::end; token = lexer.next()) {
        auto const more =
            comments_between(script, statement.offset + after, statement.offset + token.offset);
        found.insert(found.end(), more.begin(), more.end());
        after = token.after();
    }
    return found;
}

std::size_t end_of(std::string_view script, sql::Statement const& statement) {
    if (!statement.copy_data.empty()) {
        auto const begin = static_cast<std::size_t>(statement.copy_data.data() - script.data());
        return begin + statement.copy_data.size();
    }
    return statement.offset + statement.text.size();
}

bool same_line(std::string_view script, std::size_t from, std::size_t to) {
    return script.substr(from, to - from).find_first_of("\r\n") == std::string_view::npos;
}

bool any_mark(std::string_view script) {
    constexpr std::array<std::string_view, 3> marks{"slipway:ignore", "squawk-ignore", "eugene"};
    return std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
        return fs::find(script, mark) != std::string_view::npos;
    });
}

} // namespace

std::vector<Ignore>
find_ignores(std::string_view script, std::vector<sql::Statement> const& statements) {
    std::vector<Ignore> ignores;
    if (!any_mark(script)) {
        return ignores;
    }
    auto const take =
        [&](std::vector<Comment> const& comments, std::size_t statement, std::size_t end_of_last) {
            for (Comment const& comment : comments) {
                if (auto ignore = read_comment(comment)) {
                    bool const behind = statement > 0 && comment.offset >= end_of_last &&
                                        same_line(script, end_of_last, comment.offset);
                    ignore->statement = behind ? statement - 1 : statement;
                    ignores.push_back(std::move(*ignore));
                }
            }
        };
    std::size_t end = 0;
    for (std::size_t at = 0; at < statements.size(); ++at) {
        take(comments_between(script, end, statements[at].offset), at, end);
        if (statements[at].kind != sql::Statement::Kind::meta) {
            take(comments_inside(script, statements[at]), at, std::string_view::npos);
        }
        end = end_of(script, statements[at]);
    }
    take(comments_between(script, end, script.size()), statements.size(), end);
    return ignores;
}

} // namespace slipway::lint
