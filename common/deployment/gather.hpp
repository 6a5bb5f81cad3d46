// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/read.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace slipway::deployment {

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

/// The records that were named and those handed on; the folder of the run where there are neither.
std::vector<fs::Path>
sources(std::vector<fs::Path> const& named, std::vector<fs::Path> const& handed_on);

/// What is at hand: as gather(sources()), but nothing where the folder of the run is not there yet.
Material gather_at_hand(std::vector<fs::Path> const& named, std::vector<fs::Path> const& handed_on);

/// The run and the part of it that a caller is about; an empty field is any.
struct Scope {
    std::string run_id;
    std::string environment;
    std::string name;
};

/// Takes the records of other runs, environments and names out, and returns how many these were.
std::size_t restrict_to(Material& material, Scope const& scope);

} // namespace slipway::deployment
