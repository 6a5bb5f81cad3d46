// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "sql/action.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::plan {

using Oid = std::int64_t;

struct Column {
    std::string name;
    std::string type; // as SQL spells it: `character varying(20)`
    Oid base = 0;     // of a domain, what it is made of; else the type itself
    std::string base_type;
    bool not_null = false;
    bool generated = false;
};

struct Index {
    Oid oid = 0;
    std::vector<std::string> columns; // those of expressions and of the condition too
    bool valid = true;
    bool plain = true; // neither an expression nor a condition
    bool of_constraint = false;
};

struct Constraint {
    std::string name;
    char type = 'c'; // pg_constraint.contype
    bool validated = true;
    std::string expression; // of a CHECK
    std::vector<std::string> columns;
    Oid references = 0;
    std::vector<std::string> referenced_columns;
};

/// A table, index, view, materialized view or sequence that exists.
struct Relation {
    Oid oid = 0;
    sql::Name name;
    char kind = 'r'; // pg_class.relkind
    bool unlogged = false;
    bool is_partition = false;
    bool triggers = false; // the user's
    std::string access_method;
    std::int64_t bytes = 0;           // with indexes and TOAST, of its partitions too
    std::optional<std::int64_t> rows; // the planner's estimate; nothing where there is none
    bool empty = false;               // not a page has been written
    Oid table = 0;                    // of an index
    std::vector<Column> columns;
    std::vector<Index> indexes;
    std::vector<Constraint> constraints;
    std::vector<Oid> descendants; // partitions and heirs of all levels
    std::vector<Oid> references;  // by its foreign keys; itself left out
    std::vector<Oid> referenced_by;
    std::vector<Oid> partition_of; // its parents of the next level
    std::vector<Oid> viewed_by;    // views that show it
    std::map<std::string, std::vector<Oid>> column_viewed_by;

    [[nodiscard]] Column const* column(std::string_view wanted) const;
    [[nodiscard]] Constraint const* constraint(std::string_view wanted) const;
    [[nodiscard]] bool is_table() const { return kind == 'r' || kind == 'p' || kind == 'f'; }
    [[nodiscard]] bool is_index() const { return kind == 'i' || kind == 'I'; }
    [[nodiscard]] std::vector<std::string> primary_key() const;
};

struct Type {
    Oid oid = 0;
    Oid base = 0;      // of a domain, at its bottom; else the oid
    char kind = 'b';   // pg_type.typtype
    char category = 0; // pg_type.typcategory
    bool constrained = false;
};

/// A column of a domain's type.
struct DomainUse {
    Oid table = 0;
    std::string column;
};

/// The names that are to be looked up.
struct Wanted {
    std::set<std::string> relations; // tables, indexes, views, domains, by name alone
    std::set<std::string> functions;
    std::set<std::string> types; // as they are written
    bool casts = false;
    bool dependents = false; // views of all levels, and what refers to what refers to them
};

/// What the database has of the things that a plan is about, read at once.
class Schema {
public:
    /// Reads the catalogs in a few statements; takes no locks on what it reads about.
    static Schema read(pg::Connection& connection, Wanted const& wanted);

    /// The relation that a name means, by `path` where it has no schema.
    [[nodiscard]] Relation const*
    find(sql::Name const& name, std::vector<std::string> const& path) const;
    [[nodiscard]] Relation const* find(Oid oid) const;

    /// Whether a function of that name is volatile; nothing where there is none.
    [[nodiscard]] std::optional<bool> is_volatile(std::string const& function) const;

    [[nodiscard]] Type const* type(std::string const& spelling) const;

    /// pg_cast's method and context (`b`, `f`, `i` and `a`, `e`, `i`) of a cast; nothing where
    /// there is none.
    struct Cast {
        char method = 0;
        char context = 0;
    };
    [[nodiscard]] std::optional<Cast> cast(Oid from, Oid to) const;

    /// The columns of a domain; empty where there is no such domain.
    [[nodiscard]] std::vector<DomainUse>
    uses_of_domain(sql::Name const& name, std::vector<std::string> const& path) const;

    int server_version = 0;
    bool utc = false; // the session's time zone has always been UTC
    std::vector<std::string> search_path;
    std::map<Oid, Relation> relations;

private:
    friend class SchemaReader;

    std::map<std::string, std::vector<Oid>> by_name_;
    std::map<std::string, bool> volatile_;
    std::map<std::string, Type> types_;
    std::map<std::pair<Oid, Oid>, Cast> casts_;
    std::map<std::pair<std::string, std::string>, std::vector<DomainUse>> domains_;
};

} // namespace slipway::plan
