// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checks.hpp"

#include <span>

namespace slipway::preflight {

/// The checks of the groups that ask the database; a part of kinds().
std::span<Kind const> database_kinds();

} // namespace slipway::preflight
