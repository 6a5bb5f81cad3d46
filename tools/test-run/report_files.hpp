// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace slipway::test_run {

/// Which file lies at a path, as far as a rewriting shows: device, inode, size, time of change.
using Identity =
    std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::int64_t, std::int64_t>;

/// The files that patterns name at one moment.
using Snapshot = std::map<fs::Path, Identity>;

/// Looks at the files of the patterns.
Snapshot look(std::vector<std::string> const& patterns);

/// The files of `after` that are of this run, and those that lay there before it and were not
/// written: these tell of another run.
struct Written {
    std::vector<fs::Path> fresh;
    std::vector<fs::Path> stale;
};
Written written_between(Snapshot const& before, Snapshot const& after);

} // namespace slipway::test_run
