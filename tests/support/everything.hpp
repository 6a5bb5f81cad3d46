// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hash/digest.hpp"
#include "pg/connection.hpp"
#include "support/restore_site.hpp"

#include <string>

namespace slipway::support {

/// A role that is dropped at the end, when the databases that know it are gone.
class PassingRole {
public:
    PassingRole() : name_("role_" + hash::random_hex(6)) {}
    PassingRole(PassingRole const&) = delete;
    PassingRole& operator=(PassingRole const&) = delete;
    PassingRole(PassingRole&&) = delete;
    PassingRole& operator=(PassingRole&&) = delete;
    ~PassingRole();

    [[nodiscard]] std::string const& name() const { return name_; }

private:
    std::string name_;
};

/// A database with one of each of what has broken somebody's backup (everything.sql).
class Everything {
public:
    Everything();

    [[nodiscard]] RestoreSite const& site() const { return site_; }

private:
    PassingRole role_;
    RestoreSite site_;
};

/// A line for each table and materialized view with an order-free hash of its rows, each sequence
/// with its position, and the large objects; with nothing of the tools' own code.
std::string contents_of(pg::ConnInfo const& target);

/// What `pg_dump --schema-only` writes of a database.
std::string schema_of(pg::ConnInfo const& target, bool with_database = false);

} // namespace slipway::support
