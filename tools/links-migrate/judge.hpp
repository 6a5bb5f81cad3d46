// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mapping.hpp"

#include <string>
#include <string_view>

namespace slipway::links_migrate {

/// What an address is.
struct Verdict {
    std::string reason; // `ok`, or why it is rejected
    std::string mended; // the address to store; empty: as it was given
};

/// Whether plain_address_pattern (transform.hpp) matches the address: nothing is to be doubted.
bool is_plain_address(std::string_view address);

/// Judges an address by the mapping's rules.
Verdict judge(std::string_view address, Mapping const& mapping);

/// What a JSON string in place of the links holds.
struct Decoded {
    std::string json;  // an object or an array; empty: nothing
    std::string fault; // why it is no links; empty where it may be
};

/// Reads a text that may be JSON: `broken_json` where it begins as JSON and is none that PostgreSQL
/// would take, `too_deep` where it is a text again, `scalar` where it is any other text.
Decoded decode(std::string_view text);

/// The same of a value of a json column that PostgreSQL may not be able to read as jsonb.
Decoded decode_document(std::string_view text);

} // namespace slipway::links_migrate
