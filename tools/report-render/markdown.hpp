// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "report.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace slipway::report_render {

/// A section of a Markdown document that may be cut between rows, and nowhere else.
struct Section {
    std::string name; // for the notice where all of it is left out
    std::string head; // heading, and the head of the table
    std::vector<std::string> rows;
};

/// The report as GitHub-flavoured Markdown, most important section first; all foreign text inert;
/// with a Mermaid timeline where that is asked for.
std::vector<Section> markdown(Report const& report, bool mermaid = false);

/// The sections as one text of at most `limit` bytes: rows that do not fit are left out whole,
/// and a notice says how many.
std::string joined(std::vector<Section> const& sections, std::size_t limit);

} // namespace slipway::report_render
