// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/document.hpp"
#include "json/value.hpp"
#include "verdict/matrix.hpp"

namespace slipway::rollback {

/// Reads a decision matrix; throws usage with file and line where it is malformed, has no rows, or
/// names what is not known.
verdict::Matrix read_matrix(config::Document const& document);

/// The matrix as such a file has it.
json::Value to_json(verdict::Matrix const& matrix);

} // namespace slipway::rollback
