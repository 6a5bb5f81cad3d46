// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mapping.hpp"
#include "tables.hpp"

#include <functional>
#include <map>
#include <string>

namespace slipway::links_migrate {

/// What stands for `<<name>>` in transform_parts.hpp.
using Replacements = std::map<std::string, std::string, std::less<>>;

/// How an item's members are read and judged.
void add_members(Replacements& out, Mapping const& mapping, Tables const& tables);

/// Which columns a link has, and how they are written and compared.
void add_columns(Replacements& out, Mapping const& mapping, Tables const& tables);

} // namespace slipway::links_migrate
