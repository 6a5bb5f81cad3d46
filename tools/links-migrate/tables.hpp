// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mapping.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace slipway::links_migrate {

/// What the mapping's tables are in this database; names are quoted and qualified.
struct Tables {
    std::string source;
    std::string target;
    std::string key_type; // as SQL spells it
    std::string id_type;
    std::string type_type;
    std::int64_t estimated_rows = 0; // of the source
    bool parent_is_indexed = false;  // an index of the target leads with the parent's key
    std::string cascading;           // tables whose rows would go or change with the target's
};

/// What a verb is going to do with the tables.
enum class Use { read, write, remove };

/// Looks the tables up in `schema` (empty: by search_path). Throws refused, naming it, where a table,
/// column, right, key or type is missing or other than the mapping needs.
Tables
look_up(pg::Connection& connection, Mapping const& mapping, std::string const& schema, Use use);

} // namespace slipway::links_migrate
