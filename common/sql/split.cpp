// SPDX-License-Identifier: Apache-2.0
#include "sql/split.hpp"

#include "fs/let_go.hpp"
#include "sql/lexer.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace slipway::sql {

namespace {

constexpr auto nowhere = std::string_view::npos;

// Whether a psql command sends the statement before it, as a semicolon does.
bool sends_statement(std::string_view command) {
    constexpr std::array senders{
        R"(\g)", R"(\gx)", R"(\gset)", R"(\gexec)", R"(\gdesc)", R"(\crosstabview)", R"(\watch)"};
    auto const name = command.substr(0, command.find_first_of(" \t("));
    return std::find(senders.begin(), senders.end(), name) != senders.end();
}

class Splitter {
public:
    using Take = std::function<void(Statement const&)>;

    Splitter(std::string_view script, std::string_view file, Take const& hand_over)
        : script_(script), file_(file), hand_over_(hand_over), lexer_(script, file),
          behind_(script), counted_(byte_order_mark(script)) {}

    void run() {
        for (Token token = lexer_.next(); token.kind != Token::Kind::end; token = lexer_.next()) {
            take(token);
        }
        finish(true);
    }

private:
    void take(Token const& token);
    void take_word(Token const& token);
    void take_meta(Token const& token);
    void finish(bool unfinished);
    void read_copy_data(Statement& statement);
    void place(Statement& statement);
    [[noreturn]] void fail(std::size_t offset, std::string const& what, std::string hint) const;

    std::string_view script_;
    std::string_view file_;
    Take const& hand_over_;
    Lexer lexer_;
    fs::Behind behind_;
    // Up to where lines and characters are counted: every byte is looked at once.
    std::size_t counted_;
    std::int64_t line_ = 1;
    std::int64_t column_ = 1;

    // Of the statement that is being read.
    std::size_t start_ = nowhere;
    std::size_t end_ = 0;
    int parentheses_ = 0;
    int blocks_ = 0;
    int words_ = 0;
    bool creates_ = false;
    bool routine_ = false;
    bool copies_ = false;
    bool from_stdin_ = false;
    Token last_;
};

void Splitter::fail(std::size_t offset, std::string const& what, std::string hint) const {
    Where const where = place_in(script_, offset, file_);
    throw Error{ErrorKind::usage, where.text() + ": " + what, std::move(hint)}.with_where(where);
}

void Splitter::take(Token const& token) {
    if (token.kind == Token::Kind::backslash) {
        take_meta(token);
        return;
    }
    if (token.kind == Token::Kind::semicolon && parentheses_ == 0 && blocks_ == 0) {
        finish(false);
        return;
    }
    if (start_ == nowhere) {
        start_ = std::min(token.offset, token.hint);
    }
    end_ = token.after();
    if (token.kind == Token::Kind::word) {
        take_word(token);
    } else if (token.kind == Token::Kind::open) {
        ++parentheses_;
    } else if (token.kind == Token::Kind::close && parentheses_ > 0) {
        --parentheses_;
    }
    last_ = token;
}

// Follows BEGIN ATOMIC … END of SQL-standard routine bodies and CASE … END inside of them, whose
// semicolons end no statement, and finds COPY … FROM STDIN.
void Splitter::take_word(Token const& token) {
    ++words_;
    if (words_ == 1) {
        creates_ = token.is("create");
        copies_ = token.is("copy");
        return;
    }
    if (creates_ && words_ <= 4) {
        routine_ = routine_ || token.is("function") || token.is("procedure");
        creates_ = token.is("or") || token.is("replace");
    }
    if (parentheses_ > 0) {
        return;
    }
    if (copies_ && last_.is("from") && (token.is("stdin") || token.is("stdout"))) {
        from_stdin_ = true;
    }
    // After AS and after a period these words are names.
    if (!routine_ || last_.is("as") || last_.text == ".") {
        return;
    }
    if ((token.is("atomic") && last_.is("begin")) || (blocks_ > 0 && token.is("case"))) {
        ++blocks_;
    } else if (blocks_ > 0 && token.is("end")) {
        --blocks_;
    }
}

void Splitter::take_meta(Token const& token) {
    std::size_t const end = std::min(script_.find_first_of("\r\n", token.offset), script_.size());
    auto const command = text::trim(script_.substr(token.offset, end - token.offset));
    if (start_ != nowhere) {
        if (!sends_statement(command)) {
            fail(
                token.offset,
                "a psql command inside of a statement: " + std::string{command.substr(0, 40)},
                "Put psql commands between statements, on lines of their own.");
        }
        finish(false);
    }
    Statement statement;
    statement.text = command;
    statement.offset = token.offset;
    statement.kind = Statement::Kind::meta;
    place(statement);
    lexer_.move_to(end);
    hand_over_(statement);
}

void Splitter::finish(bool unfinished) {
    if (start_ != nowhere) {
        Statement statement;
        statement.text = script_.substr(start_, end_ - start_);
        statement.offset = start_;
        statement.unfinished = unfinished;
        place(statement);
        if (from_stdin_) {
            read_copy_data(statement);
        }
        hand_over_(statement);
        behind_.pass(lexer_.offset());
    }
    start_ = nowhere;
    parentheses_ = 0;
    blocks_ = 0;
    words_ = 0;
    creates_ = false;
    routine_ = false;
    copies_ = false;
    from_stdin_ = false;
    last_ = Token{};
}

void Splitter::read_copy_data(Statement& statement) {
    statement.kind = Statement::Kind::copy_from_stdin;
    std::size_t const line_end =
        std::min(script_.find_first_of("\r\n", lexer_.offset()), script_.size());
    auto const rest = text::trim(script_.substr(lexer_.offset(), line_end - lexer_.offset()));
    if (!rest.empty() && !rest.starts_with("--")) {
        fail(
            lexer_.offset(),
            "text after COPY … FROM STDIN on its line",
            "Put the data on the lines after it, and the next statement after the line \\. .");
    }
    std::size_t const begin = line_end + (script_.substr(line_end).starts_with("\r\n") ? 2 : 1);
    for (std::size_t at = begin; at < script_.size();) {
        std::size_t const end = std::min(script_.find('\n', at), script_.size());
        auto const line = script_.substr(at, end - at);
        behind_.pass(at);
        if (line == "\\." || line == "\\.\r") {
            statement.copy_data = script_.substr(begin, at - begin);
            lexer_.move_to(end);
            return;
        }
        at = end + 1;
    }
    fail(
        statement.offset,
        "the data of COPY … FROM STDIN does not end",
        "End the data by a line that holds only \\. .");
}

void Splitter::place(Statement& statement) {
    auto between = script_.substr(counted_, statement.offset - counted_);
    // A statement never starts between CR and LF, so a CRLF is never cut in two.
    line_ += line_ends(between);
    if (auto const line_end = between.find_last_of("\r\n"); line_end != nowhere) {
        column_ = 1;
        between.remove_prefix(line_end + 1);
    }
    column_ += characters(between);
    counted_ = statement.offset;
    statement.line = line_;
    statement.column = column_;
}

} // namespace

std::vector<Statement> split(std::string_view script, std::string_view file_name) {
    std::vector<Statement> out;
    split(script, file_name, [&out](Statement const& statement) { out.push_back(statement); });
    return out;
}

void split(
    std::string_view script,
    std::string_view file_name,
    std::function<void(Statement const&)> const& take) {
    require_text(script, file_name);
    Splitter{script, file_name, take}.run();
}

} // namespace slipway::sql
