// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::migrate_apply {

/// The name of a scratch database: `slipway_shadow_<run>_<12 digits>`, of which the first four stand
/// for the database `of` that it is a shadow of; at most 63 bytes. Pure.
std::string shadow_name(std::string_view run, std::string_view of, std::string_view random);

/// Whether shadow_name() may have made this name for that database. Pure.
bool is_shadow_of(std::string_view of, std::string_view name);

/// The key of the advisory lock that the run of this scratch database holds while it lives. Pure.
std::int64_t shadow_key(std::string_view name);

} // namespace slipway::migrate_apply
