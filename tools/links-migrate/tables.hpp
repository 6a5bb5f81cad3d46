// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "conversion.hpp"
#include "mapping.hpp"
#include "pg/connection.hpp"

#include <cstdint>
#include <string>

namespace slipway::links_migrate {

/// How the source keeps its JSON.
enum class Kept : std::uint8_t { jsonb, json, other /* to_jsonb makes it of text and arrays */ };

/// What the mapping's tables are in this database; names are quoted and qualified.
struct Tables {
    std::string source;
    std::string target;
    std::string key_type; // uuid, bigint, integer, smallint or text
    std::string id_type;
    std::string type_type; // empty where there is no such column
    Kept kept = Kept::jsonb;
    std::string new_id;              // SQL that makes one
    bool overriding = false;         // the id is an identity column
    std::size_t longest_url = 0;     // in bytes
    std::vector<Conversion> values;  // of the mapping's values, over j0, j1, …
    std::vector<std::string> copied; // SQL of the mapping's copied columns, over s
    std::int64_t estimated_rows = 0; // of the source
    bool parent_is_indexed = false;  // an index of the target leads with the parent's key
    std::string cascading;           // tables whose rows would go or change with the target's
    bool takes_copies = false; // rows come out as they are copied in; ids are uuids of version 7
    std::vector<std::string> stamps; // SQL of the time of writing, as each stamped column keeps it
};

/// What a verb is going to do with the tables.
enum class Use { read, write, remove };

/// Looks the tables up in `schema` (empty: by search_path). Throws refused, naming it, where a table,
/// column, right, key or type is missing or other than the mapping needs, and usage where the server
/// does not understand the mapping's SQL.
Tables
look_up(pg::Connection& connection, Mapping const& mapping, std::string const& schema, Use use);

} // namespace slipway::links_migrate
