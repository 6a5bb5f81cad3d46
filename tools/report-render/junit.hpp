// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

#include <string>
#include <vector>

namespace slipway::report_render {

/// The checks as JUnit XML in the dialect that GitHub's reporters, CodeBuild and Jenkins share: a
/// flat suite a step; one document for each 500 cases, since CodeBuild reads no more of one.
std::vector<std::string> junit(Report const& report);

} // namespace slipway::report_render
