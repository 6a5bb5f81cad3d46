// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apply.hpp"
#include "catalog/relations.hpp"
#include "catalog/tables.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace slipway::migrate_apply {

/// What one statement was seen to do to relations that were there before its migration.
struct Observed {
    struct Lock {
        std::int64_t relation = 0; // oid
        std::string name;
        std::string mode;
        int strength = 0;
    };
    std::vector<Lock> locks;               // that no earlier statement of the transaction took
    std::set<std::int64_t> rewrites;       // tables and materialized views
    std::set<std::int64_t> scans;          // tables that were read from end to end
    std::set<std::string> rebuilt_indexes; // by name
    std::map<std::string, std::int64_t> new_indexes; // by name, with their table
    std::vector<catalog::TableConstraint> validated; // new ones that were checked at once
    std::set<std::string> invalid_indexes;           // by name
    bool truncates = false;
    time::Milliseconds duration{0};
};

/// Looks, inside of each statement's transaction, at what the statement did; for one scratch
/// database and all migrations of a run.
class Observer {
public:
    /// `shared`: other databases are on the scratch's server, and a statement that changes more
    /// than its own database is refused before it is committed.
    Observer(Session& scratch, bool shared);

    /// Runs a statement between two looks; throws what it throws, refused where it reaches beyond
    /// the database.
    void around(
        migration::Script const& script,
        migration::Step const& step,
        std::function<void()> const& run);

    /// What a statement did; nothing where it was not run.
    [[nodiscard]] Observed const* seen(migration::Step const& step) const;

    /// A relation that was there before some migration, by its oid.
    [[nodiscard]] catalog::Relation const& relation(std::int64_t oid) const;

    /// Its name on the target; empty where an earlier migration of this run made it.
    [[nodiscard]] std::string on_target(std::int64_t oid) const;

private:
    struct Look {
        catalog::Relations relations;
        std::vector<catalog::OwnLock> locks;
        std::vector<catalog::TableConstraint> constraints;
    };
    Look look(bool all);
    void begin(migration::Script const& script);
    void compare(Look const& before, Look const& after, Observed& out) const;
    void compare_tables(Look const& before, Look const& after, Observed& out) const;
    void compare_indexes(Look const& before, Look const& after, Observed& out) const;
    void refuse_beyond(
        std::vector<catalog::OwnLock> const& locks,
        migration::Script const& script,
        migration::Step const& step);

    Session& session_;
    bool shared_;
    catalog::Relations first_;                          // before all migrations: the target's
    catalog::Relations known_;                          // before any of them
    catalog::Relations before_;                         // before the script that runs
    std::vector<catalog::TableConstraint> constraints_; // likewise
    migration::Script const* script_ = nullptr;
    std::map<migration::Step const*, Observed> seen_;
};

} // namespace slipway::migrate_apply
