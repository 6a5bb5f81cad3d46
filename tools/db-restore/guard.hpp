// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backup/manifest.hpp"
#include "site.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::db_restore {

/// Inside the queries of this tool: of pg_stat_activity as `a`, whether the session is one that
/// this role may end; a worker of the server itself goes by itself.
inline constexpr std::string_view may_end = R"(
(a.usesysid is not null and exists (
    select from pg_catalog.pg_roles me, pg_catalog.pg_roles its
    where me.rolname = current_user and its.oid = a.usesysid
      and (me.rolsuper or not its.rolsuper
           and (pg_catalog.pg_has_role(its.oid, 'usage')
                or pg_catalog.pg_has_role('pg_signal_backend', 'usage')))))
)";

/// The other sessions in a database, as `2 of app (psql)`; the one with the pid `own` left out.
std::vector<std::string> sessions(pg::Connection& connection, std::int64_t database, int own);

/// Refuses where the role may not create, rename or comment databases like the live one.
void require_rights(Site& site, std::int64_t live, tool::Context& context);

/// Refuses what would stay behind with the old database: prepared transactions, logical
/// replication slots and subscriptions.
void require_nothing_bound(Site& site, std::int64_t live, tool::Context& context);

/// Refuses where others are in the database and may not be ended, or --terminate was not given.
void require_alone(
    Site& site,
    std::int64_t database,
    int own,
    std::string_view check,
    Options const& options,
    tool::Context& context);

/// Refuses where the server lacks roles of the backup's objects, unless these are restored without
/// owners and privileges.
void require_roles(
    pg::Connection& connection,
    backup::Manifest const& manifest,
    Options const& options,
    tool::Context& context);

/// Refuses where --role names a role that is not there, or that this one may not become.
void require_role(pg::Connection& connection, Options const& options, tool::Context& context);

/// Refuses where the disk of a server on this machine, or the folder in which the archive is
/// unpacked, has no room; what cannot be seen from here is a skipped check.
void require_room(
    pg::Connection& connection,
    pg::ConnInfo const& where,
    backup::Manifest const& manifest,
    fs::Path const& folder,
    tool::Context& context);

} // namespace slipway::db_restore
