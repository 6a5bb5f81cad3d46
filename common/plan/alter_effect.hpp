// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/effect.hpp"

namespace slipway::plan {

/// Inside the room: adds what one command of ALTER TABLE does to the table and to others.
void add_alter_table(sql::Action const& action, Moment const& moment, Effects& out);

/// Inside the room: the lock that a foreign key's other table gets when the key is made.
void lock_referenced(sql::Constraint const& constraint, Moment const& moment, Effects& out);

} // namespace slipway::plan
