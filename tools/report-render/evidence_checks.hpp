// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

namespace slipway::report_render {

/// One check for the whole chain of evidence and one for each broken link or unreadable record;
/// a broken link fails the run where `strict`, else it warns.
void add_evidence_checks(Report const& report, bool strict, record::Record& record);

} // namespace slipway::report_render
