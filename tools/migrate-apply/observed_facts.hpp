// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "observer.hpp"

#include <map>
#include <set>
#include <string>

namespace slipway::migrate_apply {

/// The tables of the target by full name: what was observed on empty ones is judged by their size.
using TargetTables = std::map<std::string, catalog::Table>;

/// Tells what the statements of a migration were seen to do: in the log, as checks of the record
/// (warned where the target's table is big) and as its `statements` in the record's data.
void tell_observed(
    Session& target,
    Prepared const& prepared,
    Observer const& observer,
    TargetTables const& tables);

} // namespace slipway::migrate_apply
