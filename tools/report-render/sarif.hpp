// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

#include <string>

namespace slipway::report_render {

/// What needs attention and has a place in a file (lint findings, failing statements) as SARIF
/// 2.1.0, at most the 5,000 that GitHub shows, most severe first; a notification counts the rest.
std::string sarif(Report const& report);

} // namespace slipway::report_render
