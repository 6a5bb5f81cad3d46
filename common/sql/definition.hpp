// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::sql {

/// An object as a statement names it; an empty schema is left to search_path.
struct Name {
    std::string schema;
    std::string name;

    bool operator==(Name const&) const = default;
};

/// A constraint that a statement makes, of a table or of a column.
struct Constraint {
    enum class Kind : std::uint8_t { not_null, check, unique, primary_key, foreign_key, exclusion };

    Kind kind = Kind::check;
    std::string name;                 // empty where the server chooses it
    std::vector<std::string> columns; // of the table
    std::string expression;           // CHECK's, without its brackets; EXCLUDE's from USING on
    Name references;                  // the table that a foreign key names
    std::vector<std::string> referenced_columns; // empty: its primary key
    std::string using_index;                     // of UNIQUE and PRIMARY KEY
    bool not_valid = false;
    bool deferrable = false;
};

/// A column that a statement defines.
struct ColumnDefinition {
    std::string name;
    std::string type; // as it is written: `int`, `varchar(20)`, `public.mood`
    bool serial = false;
    bool identity = false;
    bool generated = false;                     // GENERATED ALWAYS AS (…) STORED
    std::string default_expression;             // empty where there is none
    std::vector<std::string> default_functions; // the functions that it calls, without schema
    std::vector<Constraint> constraints;        // NOT NULL and PRIMARY KEY too
};

} // namespace slipway::sql
