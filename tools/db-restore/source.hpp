// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "choice.hpp"
#include "pg/connection.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::db_restore {

/// What a run restores from, whichever way: the backup that was chosen and found fit, unpacked for
/// pg_restore; and what is to be said and saved before it takes the place of anything live.
class Source {
public:
    Source(Options const& options, tool::Context& context, std::string mode, std::string tag);

    /// Chooses the backup and refuses what require_fit() does.
    void choose(int server_major, bool production);

    /// Unpacks the archive into a partial folder, which the next run sweeps should this one be
    /// killed.
    void unpack();

    [[nodiscard]] backup::Stored const& stored() const { return chosen_.stored; }
    [[nodiscard]] backup::Manifest const& manifest() const { return chosen_.stored.manifest; }
    [[nodiscard]] fs::Path const& unpacked() const { return unpacked_->path(); }

    /// Refuses where the server lacks roles or room.
    void require_place(pg::Connection& connection, pg::ConnInfo const& where) const;

    /// As db_restore::accept_loss(), of what was written to the live database since the backup.
    void accept_loss(std::string_view question, pg::Connection& live, bool production) const;

    /// Backs the live database up, unless told otherwise, and tells what changes.
    void save_live(pg::ConnInfo const& where);

    /// Notes whether what was restored has the manifest's rows; throws failed where it has not.
    /// `what` is `the restored database differs` or `the restored schemas differ`.
    void require_rows(pg::Connection& restored, std::string_view what) const;

    /// Names the migrations of the live database that the restored one has not, now that both can
    /// be read, and warns of those that were not named before.
    void tell_migrations(pg::Connection& live, pg::Connection& restored) const;

    /// Tells the backup in the record's `data`; to be called where its `live` is known.
    void tell() const;

private:
    Options const& options_;
    tool::Context& context_;
    std::string mode_;
    std::string tag_;
    Chosen chosen_;
    std::optional<backup::Partial> unpacked_;
};

} // namespace slipway::db_restore
