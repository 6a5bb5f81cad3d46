// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: what a statement says in words that sql::Action has no field for.
#pragma once

#include "sql/lexer.hpp"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::plan {

/// The tokens of a statement; none where it does not end as it should.
std::vector<sql::Token> tokens_of(std::string_view statement);

/// The same of its beginning, at most so many.
std::vector<sql::Token> tokens_of_start(std::string_view statement, std::size_t most);

/// Whether these key words stand one after the other anywhere in it.
bool says(std::string_view statement, std::initializer_list<std::string_view> words);

/// Whether the name of its table has ONLY before it.
bool says_only(std::string_view statement);

/// What a unique index is about.
struct IndexKeys {
    std::vector<std::string> expressions; // with their COLLATE, without operator classes
    std::string condition;                // of WHERE; empty where it has none
    bool nulls_equal = false;             // NULLS NOT DISTINCT
};

/// Of CREATE INDEX; nothing where it is not understood.
std::optional<IndexKeys> index_keys(std::string_view statement);

/// What an exclusion constraint compares.
struct Exclusion {
    std::vector<std::string> expressions;
    std::vector<std::string> operators; // one for each expression
    std::string condition;
};

/// Of `USING gist (room WITH =, during WITH &&) WHERE (…)`; nothing where it is not understood.
std::optional<Exclusion> exclusion_of(std::string_view text);

/// The values of CREATE TYPE … AS ENUM (…); nothing where it is another statement.
std::optional<std::vector<std::string>> enum_values(std::string_view statement);

/// The column whose value `column`, `column::type` or `CAST(column AS type)` is taken as it is, of a
/// type's USING; casts may follow one another. False for anything else.
bool is_plain_cast(std::string_view expression, std::string_view column);

/// The numbers in the brackets of a type: 10 and 2 of `numeric(10,2)`.
std::vector<int> modifiers_of(std::string_view type);

/// The names that stand in the text, as they would be looked up.
std::vector<std::string> names_in(std::string_view text);

} // namespace slipway::plan
