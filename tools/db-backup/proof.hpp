// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/client.hpp"
#include "backup/manifest.hpp"
#include "backup/store.hpp"
#include "secret/secret.hpp"
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

/// Both at once of a tar that was packed a moment ago: the folder has its toc.dat, and the manifest
/// is given the tar's checksum.
bool prove_packed(
    fs::Path const& tar,
    fs::Path const& toc,
    backup::Manifest& manifest,
    backup::Client const& pg_restore,
    tool::Context& context);

/// Where and how a trial restore is made.
struct TrialSettings {
    secret::Secret server; // a URL; empty or `embedded`: a private throw-away server
    std::int64_t jobs = 1;
};

/// Restores the backup into a database of its own that is dropped afterwards, counts the rows of
/// every table and compares their fingerprints where there are such; notes it, and returns whether
/// all are as in the manifest.
bool prove_by_restore(
    backup::Stored const& stored,
    TrialSettings const& settings,
    tool::Context& context);

} // namespace slipway::db_backup
