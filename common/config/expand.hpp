// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::config {

/// Finds the value of a variable; nothing where it has none.
using Lookup = std::function<std::optional<std::string>(std::string const& name)>;

/// Replaces `${NAME}` and `${NAME:-default}` (the default as it stands, without nesting); `$$` is
/// a dollar sign, any other `$` stays. Values are not expanded again. Throws usage that names
/// variable, file and line where one has no value and no default, or a `${` is malformed.
std::string expand(std::string_view text, Lookup const& lookup, Where const& where);

} // namespace slipway::config
