// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "report.hpp"

#include <string>

namespace slipway::report_render {

/// The model as data; with `whole` also what the steps themselves keep as their data.
json::Value report_value(Report const& report, bool whole);

/// The model as one JSON document (`slipway/report/1`), for programs that draw their own report.
std::string report_json(Report const& report);

} // namespace slipway::report_render
