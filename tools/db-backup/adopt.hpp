// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "db_backup.hpp"

#include <string>

namespace slipway::db_backup {

/// The server into which a foreign backup was restored, to be dumped as our own.
struct Source {
    secret::Secret url;
    time::Instant made{};
    std::string database; // as it was called where it came from
    backup::Adopted adopted;
};

/// As create, of that source: with its time and name, and without retention.
void create_from(
    Source const& source,
    Options const& options,
    tool::Context& context,
    storage::Places& places);

} // namespace slipway::db_backup
