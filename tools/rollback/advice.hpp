// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rollback.hpp"
#include "verdict/matrix.hpp"

namespace slipway::rollback {

/// Puts the evidence through the matrix of --matrix, else the standard one; notes the advice in the
/// record, and each row that fired as a check.
verdict::Recommendation
conclude(verdict::Evidence const& evidence, Options const& options, tool::Context& context);

/// Reads the records of --input and concludes.
verdict::Recommendation advise(Options const& options, tool::Context& context);

/// The status and summary of a run whose only work was the advice.
void judge_by(
    verdict::Recommendation const& advice,
    Options const& options,
    tool::Context& context);

} // namespace slipway::rollback
