// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace slipway::links_migrate {

/// SQL over a JSON value of a column's type.
struct Conversion {
    std::string fault; // null where the value can stand in the column, else `invalid` or `too_long`
    std::string value; // the value as the column has it; only where there is no fault
};

/// How the jsonb value that the SQL expression `json` gives becomes a value of the type (as
/// format_type spells it; with the labels of an enum), without losing anything of it: text, numbers,
/// boolean, uuid, date, timestamps, JSON, enums. Nothing for other types.
std::optional<Conversion> conversion(
    std::string const& type,
    std::vector<std::string> const& labels,
    std::string const& json);

} // namespace slipway::links_migrate
