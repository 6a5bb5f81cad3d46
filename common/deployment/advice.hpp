// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment/model.hpp"

namespace slipway::deployment {

/// The hints of what is not green, most severe first, each once.
std::vector<Advice> recommendations_of(Report const& report);

/// What to do now, from the verdict and from which steps there are.
std::vector<Advice> next_of(Report const& report);

} // namespace slipway::deployment
