// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migration/file.hpp"
#include "pg/connection.hpp"
#include "pg/conninfo.hpp"
#include "pg/send.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migration {

/// One row of a history table.
struct Entry {
    std::string key;        // identifies the row
    std::string id;         // the migration's File::version
    std::string name;       // for people, where the table has one that is not the id
    std::string checksum;   // empty where the layout keeps none and our own log neither
    std::string written_by; // the row's xmin, where the layout keeps no checksum
    std::string started_at; // as the server prints it
    std::string finished_at;
    bool finished = false;
    bool rolled_back = false;
    std::string log; // the error, or how far a migration without a transaction came
};

/// What the database knows of migrations.
struct History {
    bool table_exists = false;
    std::vector<Entry> entries; // oldest first, those rolled back included
    std::string baseline = {};  // this version and all before it count as applied; empty: none
};

/// Whether the row of a migration is committed together with all of its work, or has to be seen
/// before.
enum class Span : std::uint8_t { one_transaction, several };

/// Who applies, for the layouts whose table has room for it.
struct Attempt {
    std::string key; // of the row
    std::string run_id;
    std::string actor;
    std::string commit;
    Span span = Span::one_transaction;
};

/// The history table of a layout, shared with the layout's own program. A row and the migration
/// that it is about are written in one transaction where there is one.
class Ledger {
public:
    Ledger() = default;
    Ledger(Ledger const&) = delete;
    Ledger& operator=(Ledger const&) = delete;
    Ledger(Ledger&&) = delete;
    Ledger& operator=(Ledger&&) = delete;
    virtual ~Ledger() = default;

    /// `"public"."_prisma_migrations"`, for messages.
    [[nodiscard]] virtual std::string table() const = 0;

    /// Reads the table; writes nothing, not even the table.
    [[nodiscard]] virtual History read(pg::Connection& connection) const = 0;

    /// Makes the table where it is missing.
    virtual void create(pg::Connection& connection) const = 0;

    /// The advisory locks that the layout's own program takes.
    [[nodiscard]] virtual std::vector<std::int64_t> foreign_locks() const { return {}; }

    /// Throws refused where the layout's own program is at work, by a lock that is none of the
    /// server's.
    virtual void require_free(pg::Connection& /*connection*/) const {}

    /// Adds an unfinished row, for work of several transactions; committed by the caller.
    virtual void
    start(pg::Connection& connection, File const& file, Attempt const& attempt) const = 0;

    /// Marks the row finished, or adds it where the work was of one transaction, which then is
    /// the caller's. `took` is nothing where the server's clock says how long it has been open.
    virtual void finish(
        pg::Send const& send,
        File const& file,
        Attempt const& attempt,
        std::optional<time::Milliseconds> took) const = 0;

    /// Notes in the row what happened: an error, or how far it came.
    virtual void
    note(pg::Connection& connection, std::string_view key, std::string_view log) const = 0;

    /// Marks an unfinished row as rolled back.
    virtual void roll_back(pg::Send const& send, std::string_view key) const = 0;

    /// Adds a finished row for a migration that is in the database already (a baseline).
    virtual void adopt(pg::Send const& send, File const& file, Attempt const& attempt) const = 0;

    /// Takes the finished row of a migration back, as the layout's own program does that undoes
    /// one: `entry` is the row as it was read. Committed by the caller, with the work of the
    /// migration's way back where that runs in a transaction.
    virtual void
    take_back(pg::Send const& send, File const& file, Entry const& entry, Attempt const& attempt)
        const = 0;
};

/// The ledger of a folder's layout in the database at `target`, whose `?schema=` says where
/// Prisma's table lies. The folder is not needed any more afterwards.
std::unique_ptr<Ledger> ledger_of(Folder const& folder, pg::ConnInfo const& target);

/// As above without a folder, to read what there is: the histories of golang-migrate and sqitch
/// say more where they know the migrations.
std::unique_ptr<Ledger> ledger_of(std::string_view layout, pg::ConnInfo const& target);

/// The schema that Prisma's URL parameter names, else `public`.
std::string prisma_schema(pg::ConnInfo const& target);

} // namespace slipway::migration
