// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "backup/store.hpp"
#include "source.hpp"
#include "tool/context.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::db_backup {

/// The tables that had rows in the earlier backup and are not there any more, or have lost more
/// than half of them and more than a thousand. A dump of a database that was emptied by accident
/// is a valid dump, and retention would let it push out the good ones. Pure.
std::vector<std::string>
shrunken(backup::Manifest const& earlier, std::vector<backup::Table> const& tables);

/// The room that a backup of these tables may need: what an earlier one took, scaled by the size
/// of the database and doubled, else what the tables take on the server. Pure.
std::uint64_t room_needed(
    std::vector<SourceTable> const& tables,
    std::uint64_t database_bytes,
    backup::Manifest const* earlier);

/// Notes for each folder whether there is that much room, and throws refused where there is not; in
/// a dry-run, folders that do not exist yet are passed over.
void require_room(
    std::vector<fs::Path> const& folders,
    std::uint64_t needed,
    bool dry,
    tool::Context& context);

} // namespace slipway::db_backup
