// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: what is known when a statement is reached, and where findings go.
#pragma once

#include "lint/lint.hpp"
#include "sql/action.hpp"
#include "sql/classify.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::lint {

/// The state across the statements of a file and of the files.
class Scene {
public:
    /// `active` are the ids of the rules that are on.
    Scene(Settings const& settings, std::set<std::string_view> active)
        : settings_(settings), active_(std::move(active)) {}

    void begin_file(std::size_t source, bool transactional);
    void begin_statement(Finding place);
    void end_transaction();

    /// Whether the server is known to be older than this major version.
    [[nodiscard]] bool older_than(int major) const {
        return settings_.server_version != 0 && settings_.server_version < major * 10'000;
    }
    [[nodiscard]] int server_version() const { return settings_.server_version; }
    [[nodiscard]] bool is_on(std::string_view rule) const { return active_.contains(rule); }

    /// Between BEGIN and COMMIT of the file's own.
    bool in_block = false;
    [[nodiscard]] bool in_transaction() const { return in_block || transactional_; }

    /// Whether it was made here, so that it is empty and nobody waits for it.
    [[nodiscard]] bool is_new(sql::Name const& object) const;
    [[nodiscard]] bool is_new_column(sql::Name const& table, std::string const& column) const;

    /// Whether earlier statements have added and validated CHECK (column IS NOT NULL).
    [[nodiscard]] bool known_not_null(sql::Name const& table, std::string const& column) const;

    /// The column's type, as it is written; empty where it is not known.
    [[nodiscard]] std::string type_of(sql::Name const& table, std::string const& column) const;

    /// Whether the constraint was added NOT VALID in this transaction.
    [[nodiscard]] bool added_not_valid(std::string const& constraint) const;

    /// A table that this transaction has locked against all others; empty where there is none.
    [[nodiscard]] std::string const& locked() const { return locked_; }
    [[nodiscard]] bool has_set(std::string const& variable) const {
        return set_.contains(variable);
    }

    /// Notes a finding on this statement; of the rule's severity unless another is given.
    void report(
        std::string_view rule,
        std::string message,
        std::string hint,
        std::optional<Severity> severity = std::nullopt);

    /// Learns what the statement has done, after it was judged.
    void learn(sql::Action const& action);

    std::vector<Finding> findings;
    std::set<std::string> told; // what is said once a file

private:
    void learn_constraint(sql::Action const& action);
    void learn_new(sql::Action const& action);
    void add_new(sql::Name const& object) { new_.emplace(object.name, object.schema); }
    void learn_types(sql::Action const& action);

    Settings const& settings_;
    std::set<std::string_view> active_;
    Finding place_;
    bool transactional_ = true;

    std::multimap<std::string, std::string> new_; // names and their schemas
    std::vector<std::pair<sql::Name, std::string>> new_columns_;
    std::map<std::string, std::pair<sql::Name, std::string>> not_null_checks_; // by constraint
    std::vector<std::pair<sql::Name, std::string>> not_null_;        // validated; any column: empty
    std::vector<std::pair<sql::Name, sql::ColumnDefinition>> types_; // the newest last
    std::set<std::string> not_valid_;
    std::set<std::string> set_;
    std::string locked_;
};

/// `schema.name`, as far as it is known.
std::string spelled(sql::Name const& name);

/// Whether the action takes a lock on an object that is there which keeps out writers, or all.
bool locks_strongly(sql::Action const& action);

/// The rules, by what they are about; each for one action of a statement.
void judge_indexes(Scene& scene, sql::Action const& action);
void judge_constraints(Scene& scene, sql::Action const& action);
void judge_columns(Scene& scene, sql::Action const& action);
void judge_objects(Scene& scene, sql::Action const& action);
void judge_types(Scene& scene, sql::Action const& action);
void judge_rows(Scene& scene, sql::Action const& action);
void judge_style(Scene& scene, sql::Action const& action);

/// The names in a statement's text.
void judge_names(Scene& scene, std::string_view statement);

} // namespace slipway::lint
