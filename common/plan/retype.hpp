// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/effect.hpp"

#include <string>

namespace slipway::plan {

/// What a change of a column's type comes to.
struct Retype {
    enum class Kind : std::uint8_t {
        nothing,    // the values stay as they are on disk
        rewrite,    // each value is made anew
        impossible, // there is no cast that the server takes by itself
    };
    Kind kind = Kind::nothing;
    bool new_operators = false; // indexes are built, and foreign keys checked, anew
    std::string why;
};

/// Judges ALTER COLUMN … TYPE on a column that exists.
Retype judge_retype(Column const& column, sql::Action const& action, Moment const& moment);

} // namespace slipway::plan
