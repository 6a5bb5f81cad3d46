// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace slipway::catalog {

/// Inside the room: the condition, on pg_namespace as `n`, that leaves out the system's schemas
/// (also the temporary ones of sessions).
inline constexpr std::string_view user_schemas =
    "n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%' ";

} // namespace slipway::catalog
