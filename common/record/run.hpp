// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "record/record.hpp"

#include <string_view>

namespace slipway::record {

/// `$SLIPWAY_DIR`, by default `slipway-out`: where the records of one deployment lie.
fs::Path folder();

/// Who runs this: SLIPWAY_RUN_ID, else the CI's id, else one that is kept in `run.json` of the
/// folder, made where it is not there; with commit, job and actor as the CI or git says.
Run current_run(fs::Path const& folder, std::string environment, std::string name);

/// `db-backup.json`, `migrate-apply-plan.json`, `db-backup-create-dry-run.json`.
std::string file_name(std::string_view tool, std::string_view verb, bool dry_run);

} // namespace slipway::record
