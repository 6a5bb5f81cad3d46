// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace slipway::catalog {

/// A table, index, view or sequence outside of the system's schemas, as a statement may change it
/// without changing its definition.
struct Relation {
    std::string schema;
    std::string name;
    char kind = 'r';            // pg_class.relkind
    std::int64_t file = 0;      // relfilenode: another one after a rewrite or rebuild; 0: has none
    std::int64_t table = 0;     // of an index: its table's oid
    std::int64_t root = 0;      // of a partition: the oid of the topmost table, else its own
    bool valid = true;          // of an index
    bool of_constraint = false; // an index that a constraint made
    std::int64_t scans = 0;     // by the transaction that is open, from the first row to the last

    [[nodiscard]] std::string full_name() const { return schema + "." + name; }
    [[nodiscard]] bool is_index() const { return kind == 'i' || kind == 'I'; }
};

using Relations = std::map<std::int64_t, Relation>; // by oid

/// All relations of the database, or only those that this session has locked: whatever an open
/// transaction has changed is among these.
Relations relations(pg::Connection& connection, bool only_locked = false);

/// A lock of this session on a relation, of this database or shared by all (pg_authid, …).
struct OwnLock {
    std::int64_t relation = 0; // oid
    std::string mode;          // `ACCESS EXCLUSIVE`, as LOCK TABLE spells it
    int strength = 0;          // 1 (ACCESS SHARE) to 8 (ACCESS EXCLUSIVE)
    std::string shared;        // the name of a catalog that all databases share; else empty
};

/// The strongest lock that this session holds on each relation, by the oid.
std::vector<OwnLock> own_locks(pg::Connection& connection);

/// A check, foreign key or NOT NULL of a table.
struct TableConstraint {
    std::int64_t table = 0; // oid
    std::string name;
    char type = 'c'; // pg_constraint.contype
    bool validated = true;
};

/// The check and foreign key constraints of tables that could have been added NOT VALID: not those
/// that partitions and heirs have from their parents, nor foreign keys of partitioned tables.
std::vector<TableConstraint>
table_constraints(pg::Connection& connection, bool only_locked = false);

/// Whether the open transaction has written to the list of databases, which belongs to the whole
/// server: GRANT … ON DATABASE, which leaves no lock behind.
bool wrote_to_databases(pg::Connection& connection);

} // namespace slipway::catalog
