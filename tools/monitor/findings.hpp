// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "judge.hpp"
#include "record/record.hpp"
#include "verdict/matrix.hpp"

#include <string>
#include <vector>

namespace slipway::monitor {

/// What a run is asked for: a verdict, or what is usual.
enum class Purpose : std::uint8_t { watch, baseline };

/// The checks that follow: blindness first, then the sources, then one a metric with a threshold.
std::vector<record::Check> checks_of(Judge const& judge, Purpose purpose);

/// What is known for the decision matrix.
verdict::Evidence evidence_of(Judge const& judge);

/// The metrics of the record, each with at most 500 points.
std::vector<record::Metric> metrics_of(Judge const& judge);

/// `data` of the record, but for what the run itself knows.
json::Value data_of(Judge const& judge, Purpose purpose);

/// How it is now, in one line: `critical: /health 12 ms, 7 % errors; 7 sessions, 1 blocked`.
std::string brief(Judge const& judge);

/// A change in one line: `http.error_rate/health is critical: 12.5 % (above 5)`.
std::string words(Change const& change, Judge const& judge);

} // namespace slipway::monitor
