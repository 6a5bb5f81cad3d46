// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: what psql does with `\set`, `:name` and the arguments of its commands.
#pragma once

#include "migration/source.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migration {

using PsqlVariables = std::map<std::string, std::string, std::less<>>;

/// Where `:name`, `:'name'`, `:"name"` and `:{?name}` stand for a variable outside of quotes and
/// comments, and what takes their place; other uses of the colon are left alone. The offsets are
/// those of `sql`.
std::vector<Replacement> psql_replacements(std::string_view sql, PsqlVariables const& variables);

/// The arguments behind a psql command, unquoted and with their variables replaced. Throws usage
/// where one is in backquotes (a shell command) or does not end.
std::vector<std::string> psql_arguments(std::string_view command, PsqlVariables const& variables);

} // namespace slipway::migration
