// SPDX-License-Identifier: Apache-2.0
#include "ledger_key.hpp"

#include <fmt/format.h>

namespace slipway::links_migrate {

std::string ledger_key(std::string_view key, std::string_view type) {
    if (type == "uuid" || type == "text") {
        return fmt::format("{}::text", key);
    }
    // Nineteen digits hold any of them; '-' comes before the digits, and negative numbers are told
    // by what they are above the least.
    return fmt::format(
        "(case when {0} >= 0 then lpad({0}::text, 19, '0') else '-' || "
        "lpad(({0}::numeric + 9223372036854775808)::text, 19, '0') end)",
        key);
}

std::string key_of_ledger(std::string_view text, std::string_view type) {
    if (type == "uuid" || type == "text") {
        return fmt::format("{}::{}", text, type);
    }
    return fmt::format(
        "(case when {0} like '-%' then substr({0}, 2)::numeric - 9223372036854775808 "
        "else {0}::numeric end)::{1}",
        text,
        type);
}

} // namespace slipway::links_migrate
