// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace slipway::json {

/// The regular expression (ECMAScript) of a `format` of JSON Schema draft 7 that one can be
/// written for: email, hostname, ipv4, uri, …; empty for any other word.
std::string_view pattern_of_format(std::string_view format);

} // namespace slipway::json
