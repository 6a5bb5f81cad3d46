// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace slipway::plan {

/// PostgreSQL's lock modes of tables, weakest first, and `none`.
enum class LockMode : std::uint8_t {
    none,
    access_share,
    row_share,
    row_exclusive,
    share_update_exclusive,
    share,
    share_row_exclusive,
    exclusive,
    access_exclusive,
};

/// What of an application waits for a lock.
enum class Blocks : std::uint8_t { nothing, writes, reads_and_writes };

/// `ACCESS EXCLUSIVE`, as LOCK TABLE spells it; `none`.
std::string_view name(LockMode mode);

/// The mode of that name, as LOCK TABLE or pg_locks (`AccessExclusiveLock`) spells it, in any case.
std::optional<LockMode> lock_mode_from(std::string_view text);

/// Whether one session waits for the other.
bool conflict(LockMode a, LockMode b);

Blocks blocks(LockMode mode);

/// `reads_and_writes`, as records have it.
std::string_view name(Blocks what);

/// `blocks reads and writes`, for people.
std::string_view words(Blocks what);

} // namespace slipway::plan
