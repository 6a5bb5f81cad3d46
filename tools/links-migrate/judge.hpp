// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace slipway::links_migrate {

/// `ok`, or the reason for which an address is rejected.
std::string verdict_of(std::string_view address);

/// What a JSON string in place of the links holds.
struct Decoded {
    std::string json;  // an object or an array; empty: nothing
    std::string fault; // why it is no links; empty where it may be
};

/// Reads a text that may be JSON: `broken_json` where it begins as JSON and is none that PostgreSQL
/// would take, `too_deep` where it is a text again, `scalar` where it is any other text.
Decoded decode(std::string_view text);

} // namespace slipway::links_migrate
