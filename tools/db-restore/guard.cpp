// SPDX-License-Identifier: Apache-2.0
#include "guard.hpp"

#include "backup/restore.hpp"
#include "catalog/identity.hpp"
#include "fs/file.hpp"
#include "progress/progress.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::db_restore {

namespace {

constexpr std::uint64_t least_room = std::uint64_t{16} << 20U;
std::vector<std::string> texts(pg::Result const& result) {
    std::vector<std::string> out;
    for (auto const& row : result) {
        out.push_back(row.get<std::string>(0));
    }
    return out;
}

std::string no_room(fs::Path const& place, std::uint64_t room, std::uint64_t needed) {
    return room >= needed ? ""
                          : fmt::format(
                                "{} has {} left, and the restore may need {}",
                                place.string(),
                                progress::human_bytes(room),
                                progress::human_bytes(needed));
}

// The server's data directory, where it is this machine's and the role may know it.
fs::Path data_directory(pg::Connection& connection, pg::ConnInfo const& where) {
    bool const allowed =
        where.is_local() &&
        connection
            .exec("select rolsuper or pg_catalog.pg_has_role('pg_read_all_settings', 'usage') "
                  "from pg_catalog.pg_roles where rolname = current_user")
            .one_value<bool>();
    if (!allowed) {
        return {};
    }
    fs::Path const path = connection.exec("show data_directory").one_value<std::string>();
    std::error_code code;
    return std::filesystem::exists(path, code) ? path : fs::Path{};
}

} // namespace

std::vector<std::string> sessions(pg::Connection& connection, std::int64_t database, int own) {
    return texts(connection.exec(
        R"(
select count(*) || ' of ' || coalesce(usename::text, 'the server')
       || case when application_name = '' then '' else ' (' || application_name || ')' end
from pg_catalog.pg_stat_activity
where datid = $1::oid and pid <> $2 and pid <> pg_catalog.pg_backend_pid()
  and backend_type not like 'autovacuum%'
group by usename, application_name order by count(*) desc, 1)",
        {database, own}));
}

void require_rights(Site& site, std::int64_t live, tool::Context& context) {
    auto& connection = site.connection();
    std::string failure;
    if (!catalog::may_create_databases(connection)) {
        failure = "the role may not create and rename databases";
    } else if (!connection
                    .exec(
                        "select pg_catalog.pg_has_role(datdba, 'usage') "
                        "from pg_catalog.pg_database where oid = $1::oid",
                        {live})
                    .one_value<bool>()) {
        failure = fmt::format("the role is not a member of the owner of {}", site.live());
    }
    require(
        context,
        "role.rights",
        "the role may create and rename the database",
        failure,
        "Connect as the database's owner with CREATEDB, or as a superuser.");
}

void require_nothing_bound(Site& site, std::int64_t live, tool::Context& context) {
    auto& connection = site.connection();
    auto const bound = texts(connection.exec(
        R"(
select 'prepared transaction ' || gid from pg_catalog.pg_prepared_xacts where database = $2
union all
select 'replication slot ' || slot_name from pg_catalog.pg_replication_slots where database = $2
union all
select 'subscription ' || subname from pg_catalog.pg_subscription where subdbid = $1::oid
order by 1)",
        {live, site.live()}));
    require(
        context,
        "database.bound",
        "nothing is bound to the old database",
        bound.empty() ? "" : fmt::format("bound to {}: {}", site.live(), text::join(bound, "; ")),
        "End the prepared transactions, and drop the slots and subscriptions: they would stay with "
        "the old database. Make them anew afterwards.");
}

void require_alone(
    Site& site,
    std::int64_t database,
    int own,
    std::string_view check,
    Options const& options,
    tool::Context& context) {
    auto const others = sessions(site.connection(), database, own);
    std::string failure;
    std::string hint = "Stop the application, or let its sessions be ended with --terminate.";
    if (!options.terminate && !others.empty()) {
        failure = fmt::format(
            "other sessions are in {}: {}",
            site.live(),
            text::join_first(others, "; ", most_named));
    } else if (options.terminate) {
        auto const foreign = texts(site.connection().exec(
            "select distinct a.usename::text from pg_catalog.pg_stat_activity a "
            "where a.datid = $1::oid and a.usesysid is not null and not " +
                std::string{may_end},
            {database}));
        if (!foreign.empty()) {
            failure = "the role may not end the sessions of " + text::join(foreign, ", ");
            hint = "Grant it pg_signal_backend (superusers' sessions only a superuser ends), or "
                   "end them otherwise.";
        }
    }
    require(context, std::string{check}, "the sessions of others can go", failure, hint);
}

void require_roles(
    pg::Connection& connection,
    backup::Manifest const& manifest,
    Options const& options,
    tool::Context& context) {
    // Policies and default privileges name roles, too, but without grants few archives have any.
    bool const needed = !options.no_owner || !options.no_privileges;
    auto const missing =
        needed ? backup::missing_roles(connection, manifest) : std::vector<std::string>{};
    require(
        context,
        "roles",
        "the server has the roles of the backup",
        missing.empty() ? "" : "roles are missing on this server: " + text::join(missing, ", "),
        "Create them first (create role …), for objects of the backup belong or are granted to "
        "them; or leave both out: --no-owner --no-privileges.");
}

void require_role(pg::Connection& connection, Options const& options, tool::Context& context) {
    if (options.role.empty()) {
        return;
    }
    bool const may = connection
                         .exec(
                             "select coalesce((select pg_catalog.pg_has_role(oid, 'member') "
                             "from pg_catalog.pg_roles where rolname = $1), false)",
                             {options.role})
                         .one_value<bool>();
    require(
        context,
        "role.restore",
        "the role may become that of --role",
        may ? "" : fmt::format("the role {} is not there, or not to be become", options.role),
        "Create it, or grant it to the role that restores (grant … to …).");
}

void require_room(
    pg::Connection& connection,
    pg::ConnInfo const& where,
    backup::Manifest const& manifest,
    fs::Path const& folder,
    tool::Context& context) {
    if (manifest.archive.format == "tar") {
        std::uint64_t const needed = manifest.archive.bytes + least_room;
        require(
            context,
            "room.archive",
            "there is room to unpack the archive",
            no_room(folder, fs::free_bytes(folder), needed),
            "Free some room there, or copy the backup to another disk and name it with --from.");
    }
    fs::Path const data = data_directory(connection, where);
    constexpr std::string_view id = "room.server";
    constexpr std::string_view title = "the server has room for a second copy";
    if (data.empty()) {
        auto& check = context.record.note(std::string{id}, std::string{title}, "");
        check.status = record::CheckStatus::skipped;
        check.severity = record::Severity::minor;
        check.message = "the server's disk cannot be seen from here";
        return;
    }
    std::uint64_t const needed = manifest.database_bytes + manifest.database_bytes / 5 + least_room;
    require(
        context,
        std::string{id},
        std::string{title},
        no_room(data, fs::free_bytes(data), needed),
        "Free some room: what is replaced stays beside what replaces it until db-restore retire.");
}

} // namespace slipway::db_restore
