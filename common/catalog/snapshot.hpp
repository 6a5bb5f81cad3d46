// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace slipway::catalog {

/// The schema of a database, object by object: `column public.users.theme` -> its definition.
///
/// Holds schemas, tables, columns (type, nullability, default), indexes, constraints, enums,
/// functions (result and md5 of the body), triggers, views, sequences, row-level security policies
/// and extensions; no owners, privileges or comments, and nothing that belongs to an extension.
struct SchemaSnapshot {
    std::map<std::string, std::string> objects;

    bool operator==(SchemaSnapshot const&) const = default;

    /// SHA-256 over all of it: equal for equal schemas.
    [[nodiscard]] std::string fingerprint() const;
};

/// Reads the schema in one statement a kind, under one snapshot where no transaction is open; the
/// system's schemas and those in `exclude` are left out.
SchemaSnapshot snapshot(pg::Connection& connection, std::vector<std::string> const& exclude = {});

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

/// What has to happen to `a` to become `b`, sorted by object. The columns, indexes, constraints
/// and triggers of a table that was added or removed are not told one by one.
std::vector<Change> difference(SchemaSnapshot const& a, SchemaSnapshot const& b);

} // namespace slipway::catalog
