// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "findings.hpp"
#include "look.hpp"
#include "pg/connection.hpp"

namespace slipway::preflight {

/// Whether the role has what each later step needs: backup, migration, restore, rollback. Hints
/// are statements to run as a superuser or the owner.
void look_at_privileges(Findings& findings, pg::Connection& db);

/// The state of the database that a deployment would run into: encoding, collation, time limits,
/// sleeping transactions, sequences, extensions.
void look_at_state(Look const& look, Findings& findings, pg::Connection& db);

/// The first column of each row.
std::vector<std::string> first_column(pg::Result const& result);

} // namespace slipway::preflight
