// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "db_backup.hpp"
#include "destinations.hpp"
#include "engine.hpp"
#include "pg/conninfo.hpp"

#include <memory>

namespace slipway::db_backup {

/// Reads one database under one snapshot; fills the manifest with what it is and holds.
class Reading {
public:
    /// The room of the destinations and the earlier backups there are looked at; all must outlive it.
    Reading(
        Options const& options,
        tool::Context& context,
        pg::ConnInfo const& source,
        Destinations const& destinations,
        storage::Places& places,
        backup::Manifest& manifest);
    Reading(Reading const&) = delete;
    Reading& operator=(Reading const&) = delete;
    Reading(Reading&&) = delete;
    Reading& operator=(Reading&&) = delete;
    ~Reading();

    /// Refuses what must not be backed up; then writes a directory archive into the folder, its
    /// largest file perhaps into the tar (see Dump); neither is there yet. In a dry-run it ends
    /// before that.
    Written write(fs::Path const& folder, fs::Path const& tar);

private:
    class Work;
    std::unique_ptr<Work> work_;
};

} // namespace slipway::db_backup
