// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/definition.hpp"
#include "sql/parse.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::sql {

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
        analyze,
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
        drop_identity,
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
    // `table`, `index`, `view`, `materialized view`, `type`, `schema`, …: what ALTER TABLE's
    // commands, drop, rename, comment, grant and reindex are about.
    std::string object_type;
    Name object;      // what is acted on: of an index that is made or a trigger, its table
    std::string name; // of the index, trigger, policy, column, constraint that is made or meant
    std::string column;
    std::string new_name;                       // RENAME TO, SET SCHEMA
    std::optional<ColumnDefinition> definition; // of add_column, create_domain; of
                                                // alter_column_type its type, set_default its value
    std::vector<ColumnDefinition> columns;      // of create_table
    std::optional<Constraint> constraint;       // of add_constraint, alter_domain_add_constraint
    std::vector<Constraint> constraints;        // of create_table
    std::vector<std::string> index_columns;     // of create_index; an expression is empty
    std::vector<Name> parents;                  // INHERITS, PARTITION OF, ATTACH: the other table
    std::vector<Name> reads;                    // other tables that are referred to or read
    std::vector<std::string> assigned;          // of insert, update: the columns, twice if so
    std::string using_expression;               // of alter_column_type
    std::string value;                          // of set_variable, add_enum_value, comment
    std::string lock_mode;                      // of lock_table: `ACCESS EXCLUSIVE`
    bool unique = false;                        // of create_index
    bool concurrently = false;
    bool if_exists = false; // IF EXISTS, IF NOT EXISTS, OR REPLACE
    bool cascade = false;
    bool positioned = false; // of add_enum_value: BEFORE or AFTER
    bool full = false;       // VACUUM FULL
    bool has_where = false;  // of update, remove, create_index (a partial one)
    bool partition = false;  // of create_table: PARTITION OF
    bool temporary = false;  // of create_table, create_table_as
    bool local = false;      // of set_variable: SET LOCAL
};

/// What a statement does, in its order; nothing where the parser of PostgreSQL 15 refuses it.
/// Statements in PL/pgSQL and DO bodies are not looked into.
std::optional<std::vector<Action>> actions_of(std::string_view statement);

/// The same of a statement that has been parsed; nothing where it is not `ok`.
std::optional<std::vector<Action>> actions_of(Parsed const& parsed, std::string_view statement);

} // namespace slipway::sql
