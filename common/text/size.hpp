// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace slipway::text {

/// Reads `4096`, `128MB`, `1.5 GB`, `64MiB`: decimal units of 1000 and binary ones of 1024, in
/// bytes; nothing where it is malformed, negative or beyond 2^62.
std::optional<std::uint64_t> parse_size(std::string_view text);

} // namespace slipway::text
