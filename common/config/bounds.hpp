// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/document.hpp"

#include <cstdint>

namespace slipway::config {

// Far beyond any suite or pipeline, and small enough that a hostile file costs less than a second.
inline constexpr std::uint64_t largest_file = std::uint64_t{16} << 20U;
inline constexpr std::size_t most_values = 100'000;
inline constexpr int deepest = 200;

/// A usage error about a place in a file, the place at the front of the message.
Error fault(std::string_view file, Place place, std::string const& message, std::string hint = {});

} // namespace slipway::config
