// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "db_restore.hpp"
#include "marker.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/connection.hpp"
#include "target/target.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::db_restore {

/// A schema that a swap of schemas has moved aside: its name and its comment both say so.
struct KeptSchema {
    std::string name;
    std::int64_t oid = 0;
    Marker marker; // `live` is the name that it had; `replaced_by` the oid of its successor, or 0
};

/// The schemas that one swap has moved aside together.
struct KeptSet {
    std::string tag; // the end of their names
    time::Instant at{};
    std::string run;
    std::string backup; // that replaced them; empty for an undo
    std::vector<KeptSchema> schemas;
};

/// A schema of the application.
struct LiveSchema {
    std::string name;
    std::int64_t oid = 0;
    std::string owner;
    std::optional<std::string> comment;
    bool with_extensions = false; // an extension has its objects in it
};

/// The live database, where schemas are swapped in place of databases: all is seen from inside.
class SchemaSite {
public:
    /// Connects; throws refused where a pooler is in between.
    SchemaSite(Options const& options, tool::Context& context);

    /// Takes the lock of all swaps of schemas in this database, until the end of this object.
    void lock();

    /// Who holds that lock.
    [[nodiscard]] std::optional<pg::LockHolder> runner();

    /// The sets that were moved aside, newest first.
    [[nodiscard]] std::vector<KeptSet> kept();

    /// The schemas that a swap moves: all of the application's, but those that hold nothing except
    /// an extension's objects; by name.
    [[nodiscard]] std::vector<LiveSchema> live_schemas();

    /// The other schemas of users: they stay where they are.
    [[nodiscard]] std::vector<std::string> staying(std::vector<LiveSchema> const& live);

    /// Another session in the database, within the run's limits.
    [[nodiscard]] pg::Connection open_another() const;

    /// Connects anew for a moment, whatever the run's limits say: to tell how it ended.
    void reopen();

    [[nodiscard]] pg::ConnInfo const& where() const { return where_; }
    [[nodiscard]] std::string database() const { return where_.database(); }
    [[nodiscard]] pg::Connection& connection() { return *connection_; }

private:
    Options const& options_;
    tool::Context& context_;
    pg::ConnInfo where_;
    std::optional<pg::Connection> connection_;
    std::optional<pg::AdvisoryLock> lock_;
};

/// The sets among these schemas' names and comments. Pure.
std::vector<KeptSet> sets_of(std::vector<KeptSchema> schemas);

} // namespace slipway::db_restore
