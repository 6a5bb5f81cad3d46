// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::sql {

/// The parse tree of one or more statements, or why there is none.
struct Parsed {
    bool ok = false;
    /// libpg_query's JSON tree: {"version": …, "stmts": [{"stmt": {"CreateStmt": {…}}}, …]}.
    json::Box tree;
    /// The parser's message where `ok` is false; the text may still be right for a newer server.
    std::string message;
    /// The fault's place, in characters from 1; 0 where it is unknown.
    std::int64_t position = 0;
};

/// Parses with the parser of PostgreSQL 15; never throws for what it does not understand.
Parsed parse(std::string_view text);

/// Where libpg_query's parser begins each statement; nothing where it refuses the text.
std::optional<std::vector<std::size_t>> parser_split(std::string_view text);

/// What a CREATE statement makes.
struct CreatedObject {
    /// `table`, `index`, `type`, `function`, `procedure`, `view`, `materialized view`, `schema`,
    /// `sequence` or `trigger`.
    std::string kind;
    std::string schema;
    /// Empty where the server chooses it (CREATE INDEX ON …).
    std::string name;
    /// The table of an index or trigger, as it is written.
    std::string table;
    bool if_not_exists = false;
};

/// What the statement creates; nothing for other statements and for what is not understood.
std::optional<CreatedObject> created_by(std::string_view statement);

} // namespace slipway::sql
