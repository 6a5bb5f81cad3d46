// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::catalog {

/// Which database of which server this is; what a record's `target` holds.
struct Identity {
    std::string system_identifier; // empty where the role may not call pg_control_system()
    std::string database;
    std::int64_t oid = 0;
    int server_version_num = 0;
    std::string server_version; // `15.4`
    bool is_in_recovery = false;
};

Identity identity(pg::Connection& connection);

/// Bytes on disk of the connected database.
std::int64_t size(pg::Connection& connection);

struct Extension {
    std::string name;
    std::string version;
    std::string schema;
};

/// The extensions of the database by name.
std::vector<Extension> extensions(pg::Connection& connection);

/// Whether the role may `create` schemas, `connect` or make `temporary` tables in the database.
bool has_database_privilege(pg::Connection& connection, std::string_view privilege);

/// Whether the role may create databases.
bool may_create_databases(pg::Connection& connection);

/// A table on which the role lacks a privilege.
struct MissingPrivilege {
    std::string schema;
    std::string name;
    std::string privilege;
};

/// What the role lacks of `privileges` (select, insert, …) on the tables of the database.
std::vector<MissingPrivilege>
missing_table_privileges(pg::Connection& connection, std::vector<std::string> const& privileges);

} // namespace slipway::catalog
