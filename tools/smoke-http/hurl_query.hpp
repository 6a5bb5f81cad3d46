// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "draft.hpp"

#include <string>
#include <string_view>

namespace slipway::smoke_http {

/// Adds a line of `[Asserts]` to the step; false where it is not converted.
bool add_hurl_assert(
    std::string_view line,
    StepDraft& step,
    Draft& draft,
    std::string const& place);

/// Adds a line of `[Captures]`; false where it is not converted.
bool add_hurl_capture(
    std::string_view line,
    StepDraft& step,
    Draft& draft,
    std::string const& place);

} // namespace slipway::smoke_http
