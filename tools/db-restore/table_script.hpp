// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::db_restore {

struct QualifiedName {
    std::string schema;
    std::string name;

    auto operator<=>(QualifiedName const&) const = default;
};

/// The statements about one table in what pg_restore prints of the definitions, in their order.
class TableScript {
public:
    /// Reads both sections.
    TableScript(std::string_view before_data, std::string_view after_data, QualifiedName table);

    /// What makes the table itself, before and after its rows: columns, defaults, constraints but
    /// foreign keys, indexes; with the table and its identities in the schema `staging`.
    [[nodiscard]] std::vector<std::string> make(std::string_view staging) const;
    [[nodiscard]] std::vector<std::string> complete(std::string_view staging) const;

    /// What ties it to other objects: owner, grants, foreign keys, triggers, policies, rules.
    [[nodiscard]] std::vector<std::string> const& tie() const { return tie_; }

    /// The sequences that the table owns, and what makes and owns them, for a table that is gone.
    [[nodiscard]] std::set<std::string> const& sequences() const { return sequences_; }
    [[nodiscard]] std::vector<std::string> const& make_sequences() const { return make_sequences_; }
    [[nodiscard]] std::vector<std::string> const& own_sequences() const { return own_sequences_; }

    /// The statement with the table's schema replaced, where it names the table.
    [[nodiscard]] std::string moved(std::string_view statement, std::string_view staging) const;

private:
    void read(std::string_view script, std::vector<std::string>& into);

    QualifiedName table_;
    std::set<std::string> indexes_;
    std::set<std::string> sequences_;
    std::vector<std::string> make_;
    std::vector<std::string> complete_;
    std::vector<std::string> tie_;
    std::vector<std::string> make_sequences_;
    std::vector<std::string> own_sequences_;
};

} // namespace slipway::db_restore
