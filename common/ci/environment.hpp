// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::ci {

/// The environment variable's value; nothing where it is unset or empty. The only reader of the
/// environment in the house (getenv is not safe beside setenv, which nobody calls).
std::optional<std::string> variable(std::string_view name);

/// The first of the variables that is set and not empty.
std::optional<std::string> first_variable(std::vector<std::string> const& names);

/// The whole environment as `NAME=value`, for a child process.
std::vector<std::string> environment();

} // namespace slipway::ci
