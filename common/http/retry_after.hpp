// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.hpp"
#include "time/clock.hpp"

#include <optional>

namespace slipway::http {

/// How long the answer asks to wait: its Retry-After, in seconds or as a date (RFC 9110, section
/// 10.2.3); nothing where it does not ask or the value is malformed. Never below nothing, at most
/// a day.
std::optional<time::Milliseconds> retry_after(Headers const& headers, time::Instant now);

} // namespace slipway::http
