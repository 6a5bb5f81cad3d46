// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "secret/redactor.hpp"

#include <string>
#include <string_view>

namespace slipway::probe {

/// The smallest part of a document that shows why an expression has no better value: for a plain
/// path the deepest object or array on its way (`.user = {"id": 7}`), else the document; one
/// line, secrets hidden, short.
std::string
excerpt(json::Value const& document, std::string_view expression, secret::Redactor const& redactor);

/// The beginning of a text that may be anything: one line, secrets hidden, short.
std::string excerpt_of_text(std::string_view text, secret::Redactor const& redactor);

} // namespace slipway::probe
