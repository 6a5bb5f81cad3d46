// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "report.hpp"

#include <string>
#include <string_view>

namespace slipway::report_render {

/// The template that --print-template shows: a short report in Markdown, to begin from.
std::string_view starting_template();

/// The user's own report: the template filled in with report_value(). What `{{name}}` is escaped
/// for follows from the file's name without `.mustache`: .html, .md or .json, and html for any
/// other. Throws usage where the template is malformed.
std::string by_template(Report const& report, std::string const& text, fs::Path const& file);

/// What the user's report is called: `report-` and the template's name without `.mustache`.
std::string name_of_report(fs::Path const& file);

} // namespace slipway::report_render
