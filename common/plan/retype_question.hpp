// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plan/question.hpp"

namespace slipway::plan {

/// Inside the room: what a change of a column's type demands of its values. `question` is begun and
/// knows whether it can be asked; nothing is added where no value can fail.
void add_retype(
    Question question,
    sql::Action const& action,
    Moment const& moment,
    std::vector<Question>& out);

} // namespace slipway::plan
