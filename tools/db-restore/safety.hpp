// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/store.hpp"
#include "choice.hpp"
#include "db_restore.hpp"
#include "pg/conninfo.hpp"

namespace slipway::db_restore {

/// Backs the live database up by the sibling db-backup, into the folders of --from, and relies on
/// its record; encrypted as the backup to be restored is. Throws with the sibling's own error where that fails. `source` is the backup about
/// to be restored, which retention must not take for an old one.
backup::Manifest make_safety_backup(
    pg::ConnInfo const& live,
    Chosen const& source,
    Options const& options,
    tool::Context& context);

} // namespace slipway::db_restore
