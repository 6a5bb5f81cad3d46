// SPDX-License-Identifier: Apache-2.0
#include "script_feed.hpp"

#include "error/error.hpp"
#include "sql/split.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

namespace slipway::db_restore {

namespace {

constexpr std::string_view end_of_data = "\\.\n";
constexpr std::size_t most_words = 120;

std::string head(std::string_view statement) {
    return text::shorten(text::printable_line(statement), most_words);
}

// The quote in which the text ends that begins in `quote`.
char quote_after(std::string_view text, char quote) {
    for (char const c : text) {
        if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = 0; // a doubled one opens it again
        }
    }
    return quote;
}

constexpr std::string_view end_of_copy = " FROM stdin;";

bool is_copy(std::string_view statement) {
    return statement.starts_with("COPY ") && statement.ends_with(end_of_copy);
}

// A session may have taken its snapshot before our commit and learn of the new table after it (an
// EXECUTE that waited at the door, a REPEATABLE READ): only frozen rows are there for such a one.
std::string frozen(std::string_view copy) {
    return std::string{copy.substr(0, copy.size() - end_of_copy.size())} +
           " FROM stdin WITH (FREEZE);";
}

// Written by pg_dump 17 and newer; refused, it would abort the transaction.
bool is_unknown_setting(pg::Connection const& connection, std::string_view statement) {
    return statement.starts_with("SET transaction_timeout") &&
           connection.server_version() < 170'000;
}

} // namespace

void ScriptFeed::write(std::string_view chunk) {
    buffer_.erase(0, at_);
    at_ = 0;
    buffer_ += chunk;
    while (copy_ ? take_data() : take_line()) {
    }
}

// Sends what is certainly data; false where more must come first.
bool ScriptFeed::take_data() {
    std::string_view const rest = std::string_view{buffer_}.substr(at_);
    if (at_line_start_ && rest.size() < end_of_data.size()) {
        return false;
    }
    if (at_line_start_ && rest.starts_with(end_of_data)) {
        at_ += end_of_data.size();
        rows_ += copy_->finish();
        copy_.reset();
        ++tables_;
        return true;
    }
    auto const end = rest.find("\n\\.\n");
    // Whole lines alone are sent, so that what remains begins where a line does.
    auto const last = end == std::string_view::npos ? rest.rfind('\n') : end;
    auto const size = last == std::string_view::npos ? rest.size() : last + 1;
    if (size == 0) {
        return false;
    }
    copy_->write(rest.substr(0, size));
    at_line_start_ = last != std::string_view::npos;
    at_ += size;
    return at_line_start_;
}

bool ScriptFeed::take_line() {
    std::string_view const rest = std::string_view{buffer_}.substr(at_);
    auto const end = rest.find('\n');
    if (end == std::string_view::npos) {
        return false;
    }
    auto const line = rest.substr(0, end);
    at_ += end + 1;
    bool const outside = statement_.empty();
    if (outside && (line.empty() || line.starts_with("--") || line.starts_with('\\'))) {
        return true; // `\restrict`, too: a guard of psql's
    }
    quote_ = quote_after(line, quote_);
    statement_ += (outside ? "" : "\n");
    statement_ += line;
    if (quote_ == 0 && line.ends_with(';')) {
        run_statement();
    }
    return true;
}

void ScriptFeed::run_statement() {
    std::string const statement = change_ ? change_(statement_) : std::move(statement_);
    statement_.clear();
    if (is_copy(statement)) {
        copy_.emplace(connection_, frozen(statement));
        at_line_start_ = true;
    } else if (!is_unknown_setting(connection_, statement)) {
        connection_.exec(statement);
    }
}

void ScriptFeed::finish() {
    if (copy_ || !statement_.empty()) {
        throw Error{
            ErrorKind::failed,
            "the archive's data ends in the middle of a table",
            "Choose another backup, or verify this one: db-backup verify."};
    }
}

void run_definitions(pg::Connection& connection, std::string_view script) {
    for (auto const& statement : sql::split(script, "pg_restore")) {
        if (statement.kind == sql::Statement::Kind::meta ||
            is_unknown_setting(connection, statement.text)) {
            continue;
        }
        try {
            connection.exec(statement.text);
        } catch (pg::ServerError const& error) {
            throw error.with_context(head(statement.text));
        }
    }
}

} // namespace slipway::db_restore
