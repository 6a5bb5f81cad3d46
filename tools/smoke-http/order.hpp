// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "suite.hpp"

#include <vector>

namespace slipway::smoke_http {

/// For each step the earlier ones that it has to wait for, where several run at a time: those that
/// it needs, those that capture what it uses, those that touch the same path where one of the two
/// may change it, and everything about a burst.
std::vector<std::vector<std::size_t>> waits_of(std::vector<Step> const& steps);

} // namespace slipway::smoke_http
