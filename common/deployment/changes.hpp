// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment/model.hpp"

namespace slipway::deployment {

/// Fills the report's changes: every migration once, as the last step left it, without those that
/// earlier deployments applied.
void add_changes(Report& report);

/// One sentence for each run that changed the schema: the backup that it relied on, how well that
/// was verified and how old it was, or that there was none.
std::vector<std::string> assurances_of(std::vector<Step> const& steps);

} // namespace slipway::deployment
