// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::smoke_http {

/// A JSONPath (RFC 9535) as an expression of jq.
struct JsonPath {
    std::string jq;
    bool definite = true; // one place; else jq gives a list of what was found
};

/// Nothing for what this does not know: functions, unions, comparisons of two paths.
std::optional<JsonPath> jq_of_jsonpath(std::string_view path);

} // namespace slipway::smoke_http
