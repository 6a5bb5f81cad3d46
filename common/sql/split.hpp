// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/place.hpp"

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace slipway::sql {

/// One statement of a script; all views point into the script.
struct Statement {
    enum class Kind : std::uint8_t { sql, copy_from_stdin, meta };

    /// Without white space and comments around it and without the final semicolon; an optimizer
    /// hint before it stays. Of a psql command: the line from its backslash on.
    std::string_view text;
    std::size_t offset = 0;
    /// Of the first character, counted from 1; the column in characters.
    std::int64_t line = 1;
    std::int64_t column = 1;
    /// The lines between COPY … FROM STDIN and `\.`, their ends included.
    std::string_view copy_data;
    Kind kind = Kind::sql;
    /// Whether it stands at the end of the script without a semicolon.
    bool unfinished = false;
};

/// The statements of a script as psql finds them, psql's own commands (kind `meta`) included.
///
/// Empty and comment-only statements are left out; psql's `:variables` are not replaced. Throws
/// usage with file and line: a NUL byte, text that is not UTF-8, a quote or comment that does not
/// end, COPY data without `\.`, a psql command inside of a statement.
std::vector<Statement> split(std::string_view script, std::string_view file_name);

/// Hands the statements over instead, in their order; where it throws, some have been. Lets go of
/// the script behind it where that is an fs::Content.
void split(
    std::string_view script,
    std::string_view file_name,
    std::function<void(Statement const&)> const& take);

} // namespace slipway::sql
