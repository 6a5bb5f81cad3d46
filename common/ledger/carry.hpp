// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string_view>

namespace slipway::ledger {

/// Inside the room: copies the rows of a table of ours, whose key is `id`, that `to` lacks; the
/// table is made there by `create` and then owned as in `from`. Nothing where `from` has none.
std::int64_t carry_over(
    pg::Connection& from,
    pg::Connection& to,
    std::string_view table,
    std::string_view create);

} // namespace slipway::ledger
