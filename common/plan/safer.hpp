// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace slipway::plan {

struct Outlook;

/// Inside the room: how to reach the same with a lock that blocks less or for a shorter time;
/// empty where the locks are of no matter.
std::string safer_way(Outlook const& outlook);

} // namespace slipway::plan
