// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::time {

/// Reads `250ms`, `90s`, `1.5h`, `1h30m`, `7d`; a number without a unit is seconds; nothing where
/// it is malformed, negative or beyond 10 years.
std::optional<Milliseconds> parse_duration(std::string_view text);

/// The shortest spelling that parse_duration reads back: `250ms`, `1m30s`, `2h`.
std::string spell_duration(Milliseconds duration);

/// For a reader, with two significant places: `38 ms`, `3.1 s`, `4 min 12 s`, `2 h 5 min`.
std::string human_duration(Milliseconds duration);

} // namespace slipway::time
