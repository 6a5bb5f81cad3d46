// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "draft.hpp"
#include "json/value.hpp"

#include <string>

namespace slipway::smoke_http {

/// Whether Postman passes this part of a collection over.
bool is_disabled(json::Value const& value);

/// Gives the step the body of a request of a collection; what is not converted is left in the draft.
void add_postman_body(
    json::Value const& body,
    StepDraft& step,
    Draft& draft,
    std::string const& place);

} // namespace slipway::smoke_http
