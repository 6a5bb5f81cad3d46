// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/client.hpp"
#include "backup/manifest.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::backup {

/// The pg_restore that reads what this manifest's pg_dump wrote; throws as find_client does.
Client restore_client(Manifest const& manifest, std::stop_token const& stop);

/// One run of pg_restore.
struct Restore {
    fs::Path folder;     // the archive's files, as unpack() lays them out
    pg::ConnInfo target; // its database is there and empty
    std::int64_t jobs = 1;
    bool owners = true;                            // false: without owners and privileges
    std::string application_name;                  // of its sessions
    std::function<void(std::string_view)> on_line; // of what pg_restore --verbose tells
    std::vector<std::string> further = {};         // arguments of pg_restore: `--role=app`
};

/// Restores the archive; throws failed with pg_restore's complaints where there are any but those
/// that is_harmless() knows.
void restore(Manifest const& manifest, Restore const& work, std::stop_token const& stop);

/// Whether a complaint of pg_restore changes nothing of what was restored: it sets a parameter
/// that an older server does not have. Pure.
bool is_harmless(std::string_view complaint);

/// The roles that the backup's objects and policies refer to and the server does not have.
std::vector<std::string> missing_roles(pg::Connection& server, Manifest const& manifest);

/// The tables of the connected database that have other numbers of rows than the manifest, each
/// with both; empty where all agree. Throws where row-level security would hide rows.
std::vector<std::string> row_differences(pg::Connection& connection, Manifest const& manifest);

} // namespace slipway::backup
