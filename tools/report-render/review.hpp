// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

#include <string>
#include <vector>

namespace slipway::report_render {

/// A line of the post-deployment review: what was looked at, and what the records say of it.
struct Finding {
    std::string subject; // `Tests`
    std::string text;
    std::string tone; // as tone()
};

/// Tests, data verification, the first hours, downtime and rollback: each is there, also where no
/// record tells of it.
std::vector<Finding> review_of(Report const& report);

} // namespace slipway::report_render
