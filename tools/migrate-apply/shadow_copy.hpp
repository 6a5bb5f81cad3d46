// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"
#include "shadow_place.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migrate_apply {

/// What a copy could not take along, in words; the rest is as on the target.
using LeftOut = std::vector<std::string>;

/// The pg_dump that reads a server of that version; throws refused, naming the package, where there
/// is none.
fs::Path pg_dump_for(Session const& target, int major);

/// Copies the target's schema, as pg_dump writes it, and the rows of its history of migrations into
/// the scratch database; no other rows. Writes nothing to the target, on whose tables it holds ACCESS
/// SHARE meanwhile. Throws refused where it cannot, and where another runner changed the history.
LeftOut copy_schema(Session& target, ShadowPlace const& place);

/// The text of pg_dump --schema-only of the scratch database, without the schema slipway.
std::string schema_dump(Session const& target, ShadowPlace const& place);

} // namespace slipway::migrate_apply
