// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "db_restore.hpp"
#include "json/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::db_restore {

/// A table of which the live database has another number of rows than the one that replaces it.
struct RowChange {
    std::string table; // `public.users`
    std::int64_t live = 0;
    std::int64_t restored = 0;
};

/// What the tables of the backup lose or gain against those of the safety backup. Pure.
std::vector<RowChange>
row_changes(backup::Manifest const& safety, backup::Manifest const& restored);

/// Them for the record.
json::Value to_json(std::vector<RowChange> const& changes);

/// Prints since when writes would be lost, and refuses unless --accept-data-loss was given; in
/// production it asks as well. `since` is when the database was as it will be again.
void accept_loss(
    std::string_view what,
    time::Instant since,
    std::vector<std::string> const& migrations,
    bool production,
    Options const& options,
    tool::Context& context);

/// The window for the record.
json::Value window_json(time::Instant since, time::Instant until);

} // namespace slipway::db_restore
