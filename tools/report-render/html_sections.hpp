// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

#include <string>

// One function a section of the page; each is empty where there is nothing to say.
namespace slipway::report_render::page {

/// What is not green, worst first, with place and hint.
std::string troubles(Report const& report);

/// Each step folded, with its checks: what is not green open, the rest folded again.
std::string steps(Report const& report);

/// What the migrations changed.
std::string changes(Report const& report);

/// The backups, how well they were verified, and which migration relied on which.
std::string backups(Report const& report);

/// Charts of sampled metrics, and a table of the single values.
std::string metrics(Report const& report);

/// Every input and artifact with what became of it, and the checksums of the records.
std::string evidence(Report const& report);

/// Run, commit, who, where.
std::string environment(Report const& report);

/// What the records recommend, and what to do next.
std::string advice(Report const& report);

/// Room for signatures.
std::string review(Report const& report);

std::string notes(Report const& report);

std::string sign_off(Report const& report);

} // namespace slipway::report_render::page
