// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

#include <string>

namespace slipway::report_render {

/// The report as one HTML file that fetches nothing, has no script and stays under 2 MB; what
/// does not fit is counted and left to the records.
std::string html(Report const& report);

} // namespace slipway::report_render
