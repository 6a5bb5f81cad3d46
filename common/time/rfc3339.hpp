// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::time {

/// `2026-01-31T10:00:00.123Z`, always UTC with milliseconds (RFC 3339).
std::string to_rfc3339(Instant instant);

/// Reads RFC 3339 with any offset and any number of decimals; nothing where it is malformed.
std::optional<Instant> from_rfc3339(std::string_view text);

/// `20260131T100000Z`: ISO 8601's basic form, for names that sort by time.
std::string to_basic(Instant instant);

} // namespace slipway::time
