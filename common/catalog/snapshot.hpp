// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::catalog {

/// The schema of a database, object by object: `column public.users.theme` -> its definition.
///
/// Holds what an Extent says, and nothing that belongs to an extension.
struct SchemaSnapshot {
    std::map<std::string, std::string> objects;

    bool operator==(SchemaSnapshot const&) const = default;

    /// SHA-256 over all of it: equal for equal schemas.
    [[nodiscard]] std::string fingerprint() const;
};

/// How much a snapshot holds.
enum class Extent : std::uint8_t {
    /// Schemas, tables, columns (type, nullability, default), indexes, constraints, enums, domains,
    /// functions (result and md5 of the body), triggers, views, sequences, row-level security
    /// policies and extensions: equal for equal schemas of two databases.
    definitions,
    /// All that pg_dump --schema-only writes, but for subscriptions, security labels and large
    /// objects: owners, privileges and comments too. For two moments of one database only.
    everything,
};

/// Reads the schema in one statement a kind, under one snapshot where no transaction is open; the
/// system's schemas and those in `exclude` are left out.
SchemaSnapshot snapshot(
    pg::Connection& connection,
    std::vector<std::string> const& exclude = {},
    Extent extent = Extent::definitions);

enum class ChangeKind : std::uint8_t { added, removed, changed };

/// `added`, `removed` or `changed`.
std::string_view name(ChangeKind kind);

/// One difference between two schemas; `before` is empty for what was added, `after` for what was
/// removed.
struct Change {
    ChangeKind kind = ChangeKind::changed;
    std::string object;
    std::string before;
    std::string after;
};

/// What has to happen to `a` to become `b`, sorted by object. The columns, indexes, constraints,
/// triggers and policies of a table that was added or removed are not told one by one, nor is the
/// owner of what was.
std::vector<Change> difference(SchemaSnapshot const& a, SchemaSnapshot const& b);

/// The same, each of them told.
std::vector<Change> every_difference(SchemaSnapshot const& a, SchemaSnapshot const& b);

/// The parts of an object's name in a snapshot: `materialized view` and `public.users`.
struct ObjectName {
    std::string_view kind;
    std::string_view path;
};
ObjectName parts_of(std::string_view object);

} // namespace slipway::catalog
