// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <vector>

namespace slipway::smoke_faults {

/// A fault of the sample application, and the step of a shipped suite that is about it.
struct Broken {
    char const* suite;
    char const* fault;
    char const* failed;
    char const* skipped;
    char const* step;
    char const* message;
};

std::ostream& operator<<(std::ostream& out, Broken const& one);

std::vector<Broken> const& all();

} // namespace slipway::smoke_faults
