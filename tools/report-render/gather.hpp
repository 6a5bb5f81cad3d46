// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/read.hpp"

#include <string>
#include <vector>

namespace slipway::report_render {

/// A file that claims to be a record and cannot be read as one.
struct Unreadable {
    fs::Path path;
    std::string cause;
};

/// All that a report is made of.
struct Material {
    std::vector<record::Found> records; // oldest start first
    std::vector<Unreadable> unreadable; // below the folders given
    std::vector<fs::Path> files;        // every file below the folders given, in order of names
};

/// Reads the records named and those below the folders; throws usage where one that is named is
/// none or is not there. A bad one in a folder does not cost the report: it is told in it.
Material gather(std::vector<fs::Path> const& paths);

} // namespace slipway::report_render
