// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/store.hpp"
#include "db_restore.hpp"
#include "record/record.hpp"

#include <vector>

namespace slipway::db_restore {

/// The folders of --from, by default that of db-backup.
std::vector<fs::Path> folders(Options const& options);

/// The backup to restore over the database `live`: --backup-id, else that of the newest db-backup
/// record among --input that fits, else the latest. Throws usage where there is none, refused
/// where the record and the backup differ.
backup::Stored choose(Options const& options, record::Target const& live, tool::Context& context);

/// Refuses a backup of single tables, of another environment, database or server, an unverified
/// one in production, one of a newer server, and one whose bytes are not those of its manifest.
void require_fit(
    backup::Stored const& stored,
    record::Target const& live,
    int server_major,
    bool production,
    Options const& options,
    tool::Context& context);

} // namespace slipway::db_restore
