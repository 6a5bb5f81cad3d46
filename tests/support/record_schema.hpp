// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "json/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::support {

/// Every violation of docs/schema/<name>.json in the document, as `pointer: message`.
std::vector<std::string> schema_violations(std::string_view name, json::Value const& document);

/// Throws std::runtime_error with every violation where the document is no valid record: by
/// docs/schema/record-1.json and, where it exists, its `data` by docs/schema/<tool>-1.json.
void require_valid_record(json::Value const& document);

/// As above, of the file.
void require_valid_record(fs::Path const& file);

} // namespace slipway::support
