// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::db_restore {

/// What other objects have to do with a live table, and how they are given its successor.
struct TableTies {
    std::vector<std::string> cut;     // statements before it goes aside
    std::vector<std::string> knot;    // and when its successor has its name
    std::vector<std::string> unknown; // what cannot be given another table, by description
};

/// Reads foreign keys of other tables, views, sequences that its columns own, and its own foreign
/// keys and statistics; `aside` is the schema into which it goes. The foreign keys of `others`,
/// which go too, are not knotted again: they come with their own tables. Nothing for the oid 0.
TableTies ties_of(
    pg::Connection& connection,
    std::int64_t table,
    std::vector<std::int64_t> const& others,
    std::string_view aside);

} // namespace slipway::db_restore
