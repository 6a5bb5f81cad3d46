// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::backup {

/// How many backups stay. A backup stays where it is among the `keep` newest verified ones of its
/// group or, with `keep_days`, is younger than that; both must say no for it to go.
struct Rule {
    std::int64_t keep = 5;
    std::optional<std::int64_t> keep_days;
};

/// What becomes of one backup, and why.
struct Fate {
    std::string id;
    bool stays = true;
    std::string why;
};

/// Applies the rule to each group of backups alike in environment, database, server, kind and
/// tables; in the order given. A verified backup is one of level listed or higher: the newest of
/// a group always stays, and so does what is pinned or whose id is in `needed`. An unverified one
/// counts for nothing and goes when `keep` verified ones are newer. Pure.
std::vector<Fate> plan(
    std::vector<Manifest> const& backups,
    Rule const& rule,
    time::Instant now,
    std::set<std::string> const& needed = {});

} // namespace slipway::backup
