// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "dump.hpp"
#include "split_plan.hpp"
#include "tool/context.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace slipway::db_backup {

/// What an engine has written: a directory archive in the dump's folder.
struct Written {
    std::string engine;                        // `pg_dump` or `split`
    std::vector<backup::Member> known;         // files whose checksums it took while writing
    std::map<std::int64_t, std::int64_t> rows; // by the table's oid, where the engine counted them
    std::string first; // the file that is in the tar already, and not in the folder
};

/// Whether the split engine can write what this pg_dump's archives are and read this server in
/// stretches; else why not. Pure.
std::string why_not_split(backup::Client const& pg_dump, int server_version);

/// Dumps by stock pg_dump alone.
Written write_by_pg_dump(Dump const& dump, tool::Context& context);

/// Dumps the tables of the plan by our own COPY and all else by stock pg_dump, both at once, and
/// makes one archive of it; the largest table's rows go into the dump's tar at once, where one is
/// named. Where the archive is of a version that we do not know, it says so, and all of it is left
/// to pg_dump.
Written write_by_split(
    Dump const& dump,
    SplitPlan const& plan,
    std::vector<SourceTable> const& selected,
    std::string const& encoding,
    tool::Context& context);

} // namespace slipway::db_backup
