// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"

#include <string_view>

namespace slipway::backup {

/// Adds what only some manifests have: encryption, adopted, provider_snapshot.
void add_extras(json::Value& out, Manifest const& manifest);

/// Reads them; throws usage as from_json() does.
void read_extras(Manifest& out, json::Value const& value, std::string_view file);

} // namespace slipway::backup
