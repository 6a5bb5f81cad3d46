// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "db_backup.hpp"

#include <string>

namespace slipway::db_backup {

/// The server into which a foreign backup was restored, to be dumped as our own.
struct Source {
    secret::Secret url;
    time::Instant made{};
    std::string database;          // as it was called where it came from
    std::string system_identifier; // of the server where it came from; empty: not known
    backup::Adopted adopted;
};

/// As create, of that source: with its time and name. No retention follows, which could take
/// what was adopted a moment ago: the next create or prune has it.
void create_from(
    Source const& source,
    Options const& options,
    tool::Context& context,
    storage::Places& places);

} // namespace slipway::db_backup
