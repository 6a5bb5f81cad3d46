// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/schema.hpp"
#include "sql/action.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::plan {

/// Whether a statement runs code that nobody looks into: DO, CALL, EXECUTE.
bool runs_code(std::string_view statement);

/// What a name means at a point of the pending set.
struct Target {
    Relation const* relation = nullptr; // as it is now
    std::string made_by;                // `001_a.sql:3`, where the pending set makes it
    std::string depends;                // why it may be another one by then; empty: it is not
};

/// What the pending statements have done so far, so that a later one is not judged by a database
/// that will no longer be there.
class Pending {
public:
    explicit Pending(Schema const& schema) : schema_(schema), path_(schema.search_path) {}

    /// Takes note of what a statement at `place` does; one that was not understood may write
    /// anything.
    void
    add(std::string_view statement,
        std::optional<std::vector<sql::Action>> const& actions,
        std::string const& place);

    /// A new file: the search_path is the session's again.
    void next_file() { path_ = schema_.search_path; }

    [[nodiscard]] Target resolve(sql::Name const& name) const;
    [[nodiscard]] std::vector<std::string> const& path() const { return path_; }

    /// Who has added, renamed, dropped or changed the column before; empty: nobody.
    struct ColumnChange {
        std::string place;
        bool added = false;
        std::string what; // `adds`, `renames`, `drops`, `changes the type of`
    };
    [[nodiscard]] ColumnChange change_of(Relation const& relation, std::string const& column) const;

    /// Who may have changed the rows of the table before; empty: nobody.
    [[nodiscard]] std::string writer_of(Relation const& relation) const;

    /// Whether a valid CHECK of the pending set proves that the column holds no null.
    [[nodiscard]] bool proves_not_null(Relation const& relation, std::string const& column) const;

    /// A constraint that the pending set has added NOT VALID.
    [[nodiscard]] sql::Constraint const*
    unvalidated(Relation const& relation, std::string const& name) const;

    /// The labels of an enum that the pending set makes; nothing where it makes none.
    [[nodiscard]] std::optional<std::vector<std::string>>
    enum_labels(std::string const& type) const;

    /// Whether CREATE INDEX IF NOT EXISTS finds an index of that name, and does nothing.
    [[nodiscard]] bool has_index(sql::Action const& action) const;

    /// Who makes a type or function of that name; empty: nobody.
    [[nodiscard]] std::string maker_of(std::string const& name) const;

private:
    using Key = std::pair<std::string, std::string>; // schema, name
    struct Moved {
        Oid oid = 0;
        std::string place;
    };

    [[nodiscard]] Key key_of(sql::Name const& name) const;
    void
    add_action(sql::Action const& action, std::string_view statement, std::string const& place);
    void make(sql::Action const& action, std::string_view statement, std::string const& place);
    void remove(sql::Action const& action, std::string const& place);
    void rename(sql::Action const& action, std::string const& place);
    void change_column(sql::Action const& action, std::string const& place);
    void add_constraint(sql::Action const& action);
    void write(sql::Action const& action, std::string const& place);

    Schema const& schema_;
    std::vector<std::string> path_;
    std::map<Key, std::string> made_;
    std::map<Key, Moved> moved_;
    std::map<Key, std::string> gone_;
    std::map<std::string, std::string> other_makers_; // of types and functions, by name alone
    std::map<std::pair<Oid, std::string>, ColumnChange> columns_;
    std::map<Oid, std::string> writers_;
    std::string writes_anything_;
    std::map<std::pair<Oid, std::string>, sql::Constraint> unvalidated_;
    std::vector<std::pair<Oid, std::string>> checks_; // valid ones, by expression
    std::map<std::string, std::vector<std::string>> enums_;
};

} // namespace slipway::plan
