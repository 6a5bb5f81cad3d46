// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: what the commands of ALTER TABLE do that are about columns and constraints.
#pragma once

#include "plan/effect.hpp"

namespace slipway::plan {

using AddEffect =
    void(sql::Action const& action, Relation const& table, Moment const& moment, Effects& out);

AddEffect add_new_column;
AddEffect add_new_constraint;
AddEffect add_type_change;
AddEffect add_not_null;
AddEffect add_validation;

/// Locks the other tables of the column's foreign keys, on either side: these go or are made anew,
/// and are then `checked_again` or not.
void lock_other_sides(
    Relation const& table,
    std::string const& column,
    Moment const& moment,
    Effects& out,
    bool checked_again = false);

} // namespace slipway::plan
