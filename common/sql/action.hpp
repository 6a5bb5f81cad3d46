// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

/// One thing that a statement does to the schema or to data: an ALTER TABLE has one for each of its
/// commands, a DROP one for each object.
struct Action {
    enum class Kind : std::uint8_t {
        other, // has no kind here: see `command` of classify()
        create_table,
        create_table_as,
        create_index,
        create_view,
        create_materialized_view,
        create_function,
        create_trigger,
        create_type,
        create_domain,
        create_sequence,
        create_schema,
        create_extension,
        create_rule,
        create_policy,
        drop, // any kind of object
        truncate,
        rename,     // any kind of object; of a column where `column` is named
        set_schema, // moves an object to another schema
        reindex,
        cluster,
        vacuum,
        lock_table,
        refresh_materialized_view,
        comment,
        grant,
        add_column,
        drop_column,
        alter_column_type,
        set_default,
        drop_default,
        set_not_null,
        drop_not_null,
        add_identity,
        drop_expression,
        set_statistics,
        set_storage,
        add_constraint,
        drop_constraint,
        validate_constraint,
        alter_constraint,
        attach_partition,
        detach_partition,
        enable_trigger,
        disable_trigger,
        row_security, // ENABLE, DISABLE, FORCE ROW LEVEL SECURITY
        set_logged,   // SET LOGGED, SET UNLOGGED
        set_access_method,
        set_tablespace,
        set_options, // SET (…), RESET (…)
        replica_identity,
        inherit, // INHERIT, NO INHERIT
        change_owner,
        alter_table_other, // another command of ALTER TABLE
        add_enum_value,
        rename_enum_value,
        alter_domain_add_constraint,
        alter_domain_other,
        insert,
        update,
        remove, // DELETE
        merge,
        select,
        copy_from,
        set_variable,
    };

    Kind kind = Kind::other;
    std::string
        object_type;  // `table`, `index`, `view`, `type`, `schema`, … of drop, rename, comment
    Name object;      // what is acted on; of an index or trigger its table
    std::string name; // of the index, trigger, policy, column, constraint that is made or meant
    std::string column;
    std::string new_name;                       // RENAME TO, SET SCHEMA
    std::optional<ColumnDefinition> definition; // of add_column; of alter_column_type: its type
    std::vector<ColumnDefinition> columns;      // of create_table
    std::optional<Constraint> constraint;       // of add_constraint, alter_domain_add_constraint
    std::vector<Constraint> constraints;        // of create_table
    std::vector<std::string> index_columns;     // of create_index; an expression is empty
    std::vector<Name> reads;                    // other tables that are referred to or read
    std::string using_expression;               // of alter_column_type
    std::string value;                          // of set_variable, add_enum_value
    bool unique = false;                        // of create_index
    bool concurrently = false;
    bool if_exists = false; // IF EXISTS, IF NOT EXISTS, OR REPLACE
    bool cascade = false;
    bool positioned = false; // of add_enum_value: BEFORE or AFTER
    bool full = false;       // VACUUM FULL
    bool has_where = false;  // of update, remove, create_index (a partial one)
    std::string lock_mode;   // of lock_table: `ACCESS EXCLUSIVE`
};

/// What a statement does, in its order; nothing where the parser of PostgreSQL 15 refuses it.
/// Statements in PL/pgSQL and DO bodies are not looked into.
std::optional<std::vector<Action>> actions_of(std::string_view statement);

} // namespace slipway::sql
