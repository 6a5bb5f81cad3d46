// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/client.hpp"
#include "backup/manifest.hpp"

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::backup {

/// One line of an archive's table of contents.
struct Entry {
    std::int64_t dump_id = 0;
    std::int64_t oid = 0;
    std::string text; // `TABLE DATA public users app`
};

/// Reads what `pg_restore --list` prints.
std::vector<Entry> parse_contents(std::string_view listing);

/// Runs `pg_restore --list` on a folder archive, which needs its toc.dat alone; throws failed with
/// pg_restore's words where it cannot be read.
std::vector<Entry>
contents(Client const& pg_restore, fs::Path const& folder, std::stop_token const& stop);

/// The tables of the manifest whose definition, data entry or data file the archive lacks, each
/// with what is missing.
std::vector<std::string>
missing_tables(Manifest const& manifest, std::vector<Entry> const& entries);

} // namespace slipway::backup
