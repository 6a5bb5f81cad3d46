// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/store.hpp"
#include "db_restore.hpp"
#include "json/value.hpp"
#include "record/record.hpp"
#include "storage/plain.hpp"

#include <memory>
#include <vector>

namespace slipway::db_restore {

/// The places of --from, by default the folder of db-backup.
std::vector<fs::Path> places_of(Options const& options);

/// The backup that was chosen, and where it lies.
struct Chosen {
    backup::Stored stored; // as plain files of this machine
    fs::Path place;        // a folder or a bucket
    std::optional<backup::Encryption> encryption;
    std::unique_ptr<storage::Places> places;
    std::unique_ptr<storage::Plain> keeper; // of what was fetched and decrypted
};

/// The backup to restore over the database `live`: --backup-id, else that of the newest db-backup
/// record among --input that fits, else the latest; fetched from its bucket and decrypted. Throws
/// usage where there is none, refused where the record and the backup differ or the identity is
/// another one.
Chosen choose(Options const& options, record::Target const& live, tool::Context& context);

/// As a record tells it.
json::Value to_json(Chosen const& chosen);

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
