// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace slipway::http {

// `easy` is libcurl's easy handle after a transfer, `what` one of its CURLINFO_ numbers.

/// A fact that is a number.
long number_of(void* easy, int what);

/// A fact that is a time, in microseconds since the transfer's start.
std::int64_t time_of(void* easy, int what);

/// A fact that is text; empty where libcurl has none.
std::string text_of(void* easy, int what);

/// How long the transfer took.
Timings timings_of(void* easy);

/// The HTTP version of the answer.
std::string http_version(void* easy);

/// The server's certificate; nothing where the transfer did not open the connection.
std::optional<Tls> certificate_of(void* easy);

} // namespace slipway::http
