// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "sql/definition.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Reads nodes of libpg_query's JSON tree, in which false, zero and absent are all left out.
namespace slipway::sql::tree {

using json::Value;

/// Whether the node has this member and it is true.
bool flag(Value const& node, std::string_view key);

/// The member as a number; 0 where it is absent.
std::size_t number(Value const& node, std::string_view key);

/// The string of a String node, in the spelling of any version of the library.
std::string string_of(Value const& item);

/// The strings of a list of String nodes.
std::vector<std::string> strings(Value const& list);

/// The name in a RangeVar, bare or in its wrapper.
Name range(Value const& node);

/// The name in a list of strings: [database,] [schema,] name.
Name listed(std::vector<std::string> const& parts);

/// Whether DROP … CASCADE and its like was said.
bool cascades(Value const& node);

/// Whether the DefElem `name` is in the list and not switched off.
bool option(Value const& list, std::string_view name);

/// Calls for every member of every node below, with its key and value.
void walk(Value const& node, std::function<void(std::string const&, Value const&)> const& visit);

/// The tables that queries below the node read, without those that WITH defines.
std::vector<Name> tables_read(Value const& node);

/// The functions that are called below the node, in lower case and without their schema;
/// CURRENT_TIMESTAMP and its like too.
std::vector<std::string> functions_called(Value const& node);

/// An OBJECT_… constant as words: `table`, `materialized view`.
std::string object_type(std::string_view constant);

} // namespace slipway::sql::tree
