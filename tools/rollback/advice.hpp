// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tool/context.hpp"
#include "verdict/matrix.hpp"

namespace slipway::rollback {

/// Reads the records of --input, puts them through the matrix, and notes what led to the advice in
/// the record: inputs, checks (one a row that fired) and data.
verdict::Recommendation advise(tool::Context& context);

} // namespace slipway::rollback
