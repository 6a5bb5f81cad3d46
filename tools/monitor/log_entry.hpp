// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::monitor {

/// How grave a log says an event is.
enum class Level : std::uint8_t { unknown, calm, warning, error };

/// One event of a log as it is matched and shown.
struct LogEntry {
    Level level = Level::unknown;
    std::string text; // the message, then the stack, valid UTF-8
};

/// Reads plain text, or a JSON line as winston, pino, Bunyan, zap, logback, structlog, PM2 and
/// journald write it: of that the message, the error's type and message, and its stack.
LogEntry read_entry(std::string_view event);

} // namespace slipway::monitor
