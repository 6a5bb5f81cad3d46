// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/client.hpp"
#include "backup/manifest.hpp"
#include "backup/store.hpp"
#include "tool/context.hpp"

#include <cstdint>
#include <string>

namespace slipway::db_backup {

/// Reads the table of contents of a folder archive and compares it with the manifest's tables;
/// notes both checks, and returns whether they passed.
bool prove_contents(
    fs::Path const& folder,
    backup::Manifest const& manifest,
    backup::Client const& pg_restore,
    tool::Context& context);

/// Reads every byte of the archive again and compares checksums; notes it, and returns whether it
/// passed.
bool prove_bytes(fs::Path const& archive, backup::Manifest const& manifest, tool::Context& context);

/// Restores the backup into a private throw-away server of its major version and counts the rows
/// of every table; notes it, and returns whether all are as in the manifest.
bool prove_by_restore(backup::Stored const& stored, std::int64_t jobs, tool::Context& context);

} // namespace slipway::db_backup
