// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

#include <string>

namespace slipway::report_render {

/// The model as one JSON document (`slipway/report/1`), for programs that draw their own report.
std::string report_json(Report const& report);

} // namespace slipway::report_render
