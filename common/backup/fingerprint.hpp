// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "pg/connection.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::backup {

/// The settings, as `set local …; …`, under which equal rows have equal text on every server.
std::string_view fingerprint_settings();

/// The statement that answers with the number of a table's rows and their fingerprint: a sum of
/// hashes, so that the order of the rows does not count, over the columns by name, so that their
/// order does not either. Generated columns follow from the others and are left out.
std::string
fingerprint_query(pg::Connection& connection, std::string_view schema, std::string_view name);

/// The tables of the connected database whose rows have another fingerprint than the manifest
/// says; those without one are not looked at.
std::vector<std::string> content_differences(pg::Connection& connection, Manifest const& manifest);

} // namespace slipway::backup
