// SPDX-License-Identifier: Apache-2.0
#include "migration/script_reader.hpp"

#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

// They set how psql prints; pg_dump itself writes the last two.
bool only_prints(std::string_view command) {
    constexpr std::array known{
        "\\timing", "\\pset", "\\t", "\\a", "\\x", "\\restrict", "\\unrestrict"};
    return std::find(known.begin(), known.end(), command) != known.end();
}

bool is_echo(std::string_view command) {
    return command == "\\echo" || command == "\\qecho" || command == "\\warn";
}

std::string_view command_of(sql::Statement const& statement) {
    return statement.text.substr(0, statement.text.find_first_of(" \t"));
}

constexpr std::size_t deepest_include = 16;

} // namespace

Error at_statement(
    Source const& source,
    std::size_t offset,
    std::string_view message,
    std::string hint) {
    Where const where = source.place(offset);
    return Error{ErrorKind::usage, fmt::format("{}: {}", where.text(), message), std::move(hint)}
        .with_where(where);
}

Source const& ScriptReader::keep(Source source) {
    script_.sources.push_back(std::make_unique<Source const>(std::move(source)));
    return *script_.sources.back();
}

void ScriptReader::read(Source const& source, fs::Path const& path) {
    open_.push_back(path);
    sql::split(source.text, source.file, [&](sql::Statement const& statement) {
        if (statement.kind == sql::Statement::Kind::meta) {
            follow(source, statement);
        } else {
            take(source, statement);
        }
    });
    open_.pop_back();
}

void ScriptReader::follow(Source const& source, sql::Statement const& command) {
    auto const word = command_of(command);
    bool const relative = word == "\\ir" || word == "\\include_relative";
    try {
        if (is_echo(word)) {
            auto arguments = psql_arguments(command.text, variables_);
            bool const same_line = !arguments.empty() && arguments.front() == "-n";
            arguments.erase(arguments.begin(), arguments.begin() + (same_line ? 1 : 0));
            says_.push_back(text::join(arguments, " "));
        } else if (word == "\\set") {
            set(psql_arguments(command.text, variables_));
        } else if (word == "\\unset") {
            for (auto const& name : psql_arguments(command.text, variables_)) {
                variables_.erase(name);
            }
        } else if (relative || word == "\\i" || word == "\\include") {
            include(source, command, relative);
            return;
        } else if (!only_prints(word)) {
            throw Error{
                ErrorKind::usage,
                fmt::format("the psql command {} cannot be run", word),
                "Write the migration in SQL alone."};
        }
    } catch (Error const& error) {
        if (error.where().known()) {
            throw;
        }
        throw at_statement(source, command.offset, error.message(), error.hint());
    }
    ++script_.set_aside;
}

void ScriptReader::set(std::vector<std::string> const& arguments) {
    if (arguments.empty()) {
        return; // psql lists the variables
    }
    std::string value;
    for (std::size_t each = 1; each < arguments.size(); ++each) {
        value += arguments[each];
    }
    if (arguments.front() == "AUTOCOMMIT" || arguments.front() == "SINGLELINE") {
        throw Error{
            ErrorKind::usage,
            fmt::format("\\set {} cannot be followed", arguments.front()),
            "The tool makes the transactions; remove it."};
    }
    variables_[arguments.front()] = value;
}

// psql looks for \i where it was started, and for \ir beside the script that says so.
void ScriptReader::include(Source const& source, sql::Statement const& command, bool relative) {
    auto const arguments = psql_arguments(command.text, variables_);
    if (arguments.size() != 1) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} needs the name of one file", command_of(command)),
            "Put a name with blanks into single quotes."};
    }
    fs::Path path{arguments.front()};
    if (relative && path.is_relative()) {
        path = open_.back().parent_path() / path;
    }
    std::error_code ignored;
    bool const circle = std::any_of(open_.begin(), open_.end(), [&](fs::Path const& outer) {
        return std::filesystem::equivalent(outer, path, ignored);
    });
    if (circle || open_.size() >= deepest_include) {
        throw Error{
            ErrorKind::usage,
            circle ? fmt::format("{} includes itself", path.string())
                   : fmt::format("{} is included {} deep", path.string(), open_.size()),
            "Break the circle of included files."};
    }
    fs::Content content;
    try {
        content = fs::read_content(path);
    } catch (Error const& error) {
        throw at_statement(source, command.offset, error.message(), error.hint());
    }
    ++script_.set_aside;
    read(keep({path.lexically_normal().string(), std::move(content), nullptr, {}}), path);
}

// A value may hold whole statements, so what comes out of them is split again.
void ScriptReader::take(Source const& source, sql::Statement const& statement) {
    auto replacements = variables_.empty() ? std::vector<Replacement>{}
                                           : psql_replacements(statement.text, variables_);
    if (replacements.empty()) {
        add(source, statement);
        return;
    }
    for (auto& one : replacements) {
        one.from += statement.offset;
    }
    Part const part{statement.offset, statement.offset + statement.text.size()};
    auto const& made = keep(with_values(source, part, replacements));
    if (statement.kind == sql::Statement::Kind::copy_from_stdin) {
        sql::Statement copy = statement;
        copy.text = made.text;
        copy.offset = 0;
        add(made, copy);
        return;
    }
    for (auto const& one : sql::split(made.text, made.file)) {
        if (one.kind != sql::Statement::Kind::sql) {
            throw at_statement(
                made,
                one.offset,
                "a variable that holds COPY data or a psql command",
                "Write it out in the migration.");
        }
        add(made, one);
    }
}

void ScriptReader::add(Source const& source, sql::Statement statement) {
    if (source.origin != nullptr) {
        Where const where = source.place(statement.offset);
        statement.line = where.line;
        statement.column = where.column;
    }
    Step step{statement, sql::classify(statement.text), &source, {}};
    if (!says_.empty()) {
        script_.says.push_back(std::make_unique<std::vector<std::string> const>(std::move(says_)));
        step.says = *script_.says.back();
        says_.clear();
    }
    script_.steps.push_back(step);
}

} // namespace slipway::migration
