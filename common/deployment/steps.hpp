// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment/model.hpp"

namespace slipway::deployment {

/// The records to show, by time, those that a step started right behind it; what the frame leaves
/// out is not there, and neither are runs that a later one of the same step replaced.
std::vector<Step> arrange(Material const& material, Frame const& frame);

} // namespace slipway::deployment
