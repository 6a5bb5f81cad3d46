// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::catalog {

/// What belongs to a database and not to what is in it: no dump of a single database has it.
struct Properties {
    std::string owner;
    std::string tablespace;
    std::string encoding;
    std::string collate;
    std::string ctype;
    std::string provider; // `c`, `i` or `b` (pg_database.datlocprovider)
    std::string locale;   // of the providers i and b
    std::string icu_rules;
    std::int64_t connection_limit = -1;
    bool is_template = false;
    std::optional<std::string> comment;
    std::vector<std::string> settings; // `ALTER DATABASE … SET`, `role: name=value`; sorted
    std::vector<std::string> grants;   // `role: PRIVILEGE, grantable`; sorted
    std::vector<std::string> labels;   // security labels; sorted
};

/// What a database or a role gives to its sessions.
struct Setting {
    std::string role; // empty: of all roles
    std::string parameter;
    std::string value; // as the catalog keeps it: a list of names is quoted name by name
};

/// The settings of the database with that oid, those of roles in it too; with 0 those that roles
/// have in every database.
std::vector<Setting> settings_of(pg::Connection& connection, std::int64_t oid);

/// Gives the database `name` a setting (the role alone where the name is empty). In a transaction;
/// throws as the server refuses it.
void give_setting(pg::Connection& connection, std::string_view name, Setting const& setting);

/// A right on a database; an empty role is everybody.
struct DatabaseGrant {
    std::string role;
    std::string privilege;
    bool grantable = false;
};

/// The rights on the database with that oid, those that nobody has changed too.
std::vector<DatabaseGrant> grants_of(pg::Connection& connection, std::int64_t oid);

/// Gives a right on the database `name`; throws as the server refuses it.
void give_grant(pg::Connection& connection, std::string_view name, DatabaseGrant const& grant);

/// Reads those of the database with that oid, from any database of its server.
Properties properties_of(pg::Connection& connection, std::int64_t oid);

/// `create database …` with encoding, locale, owner and tablespace as these. Pure.
std::string create_statement(std::string_view name, Properties const& properties);

/// Gives the database `name` the settings, grants, limit and labels of the one with the oid
/// `original`; not its comment. In one transaction; throws with the statement that is refused.
void copy_properties(pg::Connection& connection, std::int64_t original, std::string_view name);

/// What differs, each as `connection limit: 5, not 10` (the first is what `now` has). Pure.
std::vector<std::string>
differences(Properties const& now, Properties const& wanted, bool with_comment);

} // namespace slipway::catalog
