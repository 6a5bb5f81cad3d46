// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "smoke_http.hpp"
#include "tool/context.hpp"

namespace slipway::smoke_http {

/// Writes a suite of another tool's document. What cannot be converted becomes a check each: one
/// that failed, and then nothing is written; with --allow-partial one that warned.
void import_document(Options const& options, tool::Context& context);

} // namespace slipway::smoke_http
