// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "db_restore.hpp"
#include "marker.hpp"
#include "pg/advisory_lock.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::db_restore {

/// A database that a restore made or replaced: its name and its comment both say so.
struct Sibling {
    std::string name;
    std::int64_t oid = 0;
    Marker marker;
    std::optional<std::uint64_t> bytes; // where the role may see it
};

/// The server of the live database, seen from the maintenance database: renaming a database takes
/// a session that is in none of those concerned.
class Site {
public:
    /// Connects; throws usage where the live database is the maintenance database, refused where
    /// a pooler is in between.
    Site(Options const& options, tool::Context& context);

    /// Takes the lock of all runs about this live database, until the end of this object: it is
    /// held in the maintenance database, for the sessions of the live one end with the swap.
    /// Throws refused where another holds it for longer than --lock-wait.
    void lock();

    /// Who holds that lock.
    [[nodiscard]] std::optional<pg::LockHolder> runner();

    /// The oid of the database of that name.
    [[nodiscard]] std::optional<std::int64_t> oid_of(std::string_view database);

    /// Of the live database; throws usage where there is none.
    [[nodiscard]] std::int64_t live_oid();

    /// The siblings of the live database, newest first.
    [[nodiscard]] std::vector<Sibling> siblings();

    /// The databases with the name of a scratch database and without its comment: left by a kill
    /// between the two, or not ours at all.
    [[nodiscard]] std::vector<std::string> unmarked();

    /// Drops the scratch databases of dead runs (all, for the caller holds the lock), also those
    /// without their comment where nothing is in them, says so, and returns their names; what
    /// somebody is connected to stays, with a warning.
    std::vector<std::string> sweep();

    /// Connects anew, without the lock and for that long whatever the run's limits say: to clean up,
    /// or to tell how it ended.
    void reopen(time::Milliseconds time = time::Milliseconds{3000});

    [[nodiscard]] std::string const& live() const { return live_name_; }
    [[nodiscard]] pg::ConnInfo const& where() const { return where_; }
    [[nodiscard]] pg::ConnInfo const& maintenance() const { return maintenance_; }
    [[nodiscard]] pg::Connection& connection() { return *connection_; }

private:
    bool drop_if_empty(std::string const& database);

    Options const& options_;
    tool::Context& context_;
    pg::ConnInfo where_;
    pg::ConnInfo maintenance_;
    std::string live_name_;
    std::optional<pg::Connection> connection_;
    std::optional<pg::AdvisoryLock> lock_;
};

/// Takes a lock, waiting for at most --lock-wait; throws refused, naming what holds it.
pg::AdvisoryLock take_lock(
    pg::Connection& connection,
    std::int64_t key,
    std::string_view of_what,
    Options const& options,
    tool::Context& context);

} // namespace slipway::db_restore
