// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "judge.hpp"

#include <string>
#include <vector>

namespace slipway::monitor {

/// All that is known now, as OpenMetrics 1.0 text of gauges in base units; what reads the older
/// Prometheus text format takes it as well.
std::string open_metrics(Judge const& judge);

/// The names of all families that it may have.
std::vector<std::string> open_metrics_names();

} // namespace slipway::monitor
