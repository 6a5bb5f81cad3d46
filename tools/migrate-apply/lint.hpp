// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "migrate_apply.hpp"

namespace slipway::migrate_apply {

/// Judges the files that are named, else all of the folder, else the pending ones of a database:
/// each finding is a check of the record and an item of `data.lint`.
void lint_migrations(Options const& options, tool::Context& context);

} // namespace slipway::migrate_apply
