// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <string_view>

namespace slipway::ledger {

/// Makes the schema `slipway`, where the tools keep their tables in the application's database;
/// nothing where it is there (a role without CREATE on the database may then use it), also when
/// another session makes it at the same time. Throws ServerError where the role may not.
void ensure_schema(pg::Connection& connection);

/// Makes a table of that schema, where it is missing, by its `create table if not exists …`, and
/// the schema before; safe against another session that does the same.
void ensure_table(pg::Connection& connection, std::string_view name, std::string_view create);

} // namespace slipway::ledger
