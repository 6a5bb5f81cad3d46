// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lint/lint.hpp"
#include "migrate_apply.hpp"
#include "pg/connection.hpp"

#include <functional>
#include <string>

namespace slipway::migrate_apply {

/// Judges the files that are named, else all of the folder, else the pending ones of a database:
/// each finding is a check of the record and an item of `data.lint`.
void lint_migrations(Options const& options, tool::Context& context);

/// For lint::Settings::type_of: asks this connection, which must outlive it.
std::function<std::string(sql::Name const& table, std::string const& column)>
column_types(pg::Connection& connection);

} // namespace slipway::migrate_apply
