// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model.hpp"

namespace slipway::report_render {

/// The records to show, by time, those that a step started right behind it; `own_record` and
/// every other report are left out, and so are runs that a later one of the same step replaced.
std::vector<Step> arrange(Material const& material, fs::Path const& own_record);

} // namespace slipway::report_render
