// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace slipway::monitor {

/// The variables of this run that stand for its options: no command that it starts gets them.
std::vector<std::string> own_variables();

} // namespace slipway::monitor
