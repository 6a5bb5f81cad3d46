// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

#include <string>
#include <string_view>

namespace slipway::report_render::page {

/// The steps as bars to scale, with begin and length as text.
std::string timeline(Report const& report);

/// A metric's samples as a line over time, with its extremes as text; steps that began meanwhile
/// are marked.
std::string chart(record::Metric const& metric, Report const& report);

/// A value for a reader: `412 MB`, `3.1 s`, `0.12 %`, `42`.
std::string human_value(double value, std::string_view unit);

/// `endpoint=/health`, as text.
std::string labels_of(record::Metric const& metric);

/// `10 ms (lowest), 12 ms (median), …` of samples that are not empty.
std::string statistics(record::Metric const& metric);

} // namespace slipway::report_render::page
