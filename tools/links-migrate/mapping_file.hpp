// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "mapping.hpp"

namespace slipway::links_migrate {

/// Reads a mapping of docs/schema/links-mapping-1.json from YAML or JSON; throws usage with file
/// and line where it is malformed.
Mapping load_mapping(fs::Path const& path);

} // namespace slipway::links_migrate
