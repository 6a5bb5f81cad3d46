// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/retention.hpp"
#include "backup/store.hpp"
#include "db_backup.hpp"
#include "storage/places.hpp"

#include <functional>
#include <vector>

namespace slipway::db_backup {

/// What became (or in a dry-run would become) of the backups of one folder.
struct Pruned {
    fs::Path folder;
    std::vector<backup::Fate> fates;
};

/// Applies the rule to the backups of a folder that `concerned` names, and removes what it
/// condemns unless this is a dry-run. Backups that the records of --input name stay.
Pruned apply_retention(
    fs::Path const& folder,
    Options const& options,
    tool::Context& context,
    storage::Places& places,
    std::function<bool(backup::Manifest const&)> const& concerned);

/// Notes the check `retention`, and returns the ids removed.
std::vector<std::string>
note_retention(std::vector<Pruned> const& all, Options const& options, tool::Context& context);

} // namespace slipway::db_backup
