// SPDX-License-Identifier: Apache-2.0
#include "shadow_server.hpp"

#include "cluster/installation.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "target/target.hpp"

#include <fmt/format.h>

namespace slipway::migrate_apply {

std::string_view const ways_without_shadow =
    "A shadow is made with --shadow same (a role that may create databases), --shadow embedded "
    "(PostgreSQL's server programs on this machine) or --shadow-database-url URL (another server). "
    "Without one there are --dry-run=plan, which runs nothing, and --dry-run=rollback, which runs "
    "on "
    "the target itself.";

namespace {

// A server of ours that has another version's programs reads neither the dump nor the migrations
// as the target's does.
void require_installation(int major) {
    try {
        auto const found = cluster::find_installation(major);
        if (found.major == 0 || found.major == major) {
            return;
        }
        throw Error{
            ErrorKind::refused,
            fmt::format(
                "the server programs in {} are of version {}, the target is of {}",
                found.bin.string(),
                found.major,
                major),
            std::string{ways_without_shadow}};
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::unavailable) {
            throw;
        }
        throw Error{
            ErrorKind::refused,
            "no embedded shadow can be made: " + error.message(),
            error.hint() + " " + std::string{ways_without_shadow}};
    }
}

// So that GRANT and OWNER TO find whom they name, and a migration has the rights that it will have.
void make_roles(Session& target, pg::Connection& server) {
    auto const roles = target.connection.exec(R"(
select rolname::text, format('%s %s %s %s %s %s %s',
         case when rolname = session_user then 'login' else 'nologin' end,
         case when rolsuper then 'superuser' else 'nosuperuser' end,
         case when rolinherit then 'inherit' else 'noinherit' end,
         case when rolcreaterole then 'createrole' else 'nocreaterole' end,
         case when rolcreatedb then 'createdb' else 'nocreatedb' end,
         case when rolreplication then 'replication' else 'noreplication' end,
         case when rolbypassrls then 'bypassrls' else 'nobypassrls' end)
from pg_roles where rolname !~ '^pg_' and rolname <> 'slipway')");
    pg::Transaction transaction{server};
    for (auto const row : roles) {
        transaction.exec(
            "create role " + pg::quote_identifier(row.get<std::string>(0)) + " " +
            row.get<std::string>(1));
    }
    auto const members = target.connection.exec(R"(
select distinct g.rolname::text, m.rolname::text, a.admin_option
from pg_auth_members a join pg_roles g on g.oid = a.roleid join pg_roles m on m.oid = a.member
where m.rolname !~ '^pg_')");
    for (auto const row : members) {
        auto const group = row.get<std::string>(0);
        auto const member = row.get<std::string>(1);
        // Predefined roles differ among versions, and roles may have come since the first look.
        bool const known =
            transaction
                .exec(
                    "select count(*) = 2 from pg_roles where rolname in ($1, $2)", {group, member})
                .one_value<bool>();
        if (known) {
            transaction.exec(fmt::format(
                "grant {} to {}{}",
                pg::quote_identifier(group),
                pg::quote_identifier(member),
                row.get<bool>(2) ? " with admin option" : ""));
        }
    }
    transaction.commit();
}

// On a disk that is full from the beginning there is not even room for the log that says so.
void require_room() {
    constexpr std::uintmax_t least = 80'000'000; // an empty server has 60 MB
    std::error_code code;
    auto const folder = std::filesystem::temp_directory_path(code);
    auto const space = std::filesystem::space(folder, code);
    if (!code && space.available < least) {
        throw Error{
            ErrorKind::unavailable,
            fmt::format(
                "there is no room for the private server of the shadow in {}: {} MB are free",
                folder.string(),
                space.available / 1'000'000),
            "Free some room where TMPDIR is, or use --shadow same."};
    }
}

} // namespace

bool tells_of_full_disk(std::string_view log) {
    return log.find("No space left on device") != std::string_view::npos ||
           log.find("File too large") != std::string_view::npos ||
           log.find("Check free disk space") != std::string_view::npos ||
           log.find("Disk quota exceeded") != std::string_view::npos;
}

cluster::Cluster start_shadow_server(Session& target) {
    auto const major = target.connection.server_version() / 10'000;
    require_installation(major);
    require_room();
    cluster::Settings settings;
    settings.major = major;
    settings.stop = target.context.stop;
    settings.cache = target.options.shadow_cache;
    // A whole schema in one migration, and publications, are no affair of this server's settings.
    settings.parameters = {{"max_locks_per_transaction", "1024"}, {"wal_level", "logical"}};
    try {
        auto server = cluster::Cluster::start(settings);
        auto connection = pg::Connection::open(server.conninfo(), target::limits(target.context));
        make_roles(target, connection);
        return server;
    } catch (Error const& error) {
        throw tells_of_full_disk(error.hint())
            ? error.with_context("there is no room for the private server of the shadow")
                  .with_hint("Free some room where TMPDIR is, or use --shadow same.")
            : error;
    }
}

} // namespace slipway::migrate_apply
