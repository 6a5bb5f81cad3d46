// SPDX-License-Identifier: Apache-2.0
#include "proof.hpp"

#include "backup/archive.hpp"
#include "backup/contents.hpp"
#include "backup/restore.hpp"
#include "cluster/cluster.hpp"
#include "db_backup.hpp"
#include "error/error.hpp"
#include "pg/connection.hpp"
#include "pg/quote.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr std::string_view scratch = "trial";
constexpr std::size_t most_named = 5;

std::string sentence(std::vector<std::string> const& items) {
    return text::join_first(items, "; ", most_named);
}

// Policies name roles, which a new server does not have; owners and grants are not restored.
void prepare(pg::Connection& server, backup::Manifest const& manifest) {
    for (auto const& role : backup::missing_roles(server, manifest)) {
        if (!role.starts_with("pg_")) {
            server.exec("create role " + pg::quote_identifier(role));
        }
    }
    server.exec(fmt::format(
        "create database {} template template0 encoding {} locale {}",
        pg::quote_identifier(scratch),
        pg::quote_literal(manifest.encoding),
        manifest.encoding == "UTF8" ? "'C.UTF-8'" : "'C'"));
}

std::vector<std::string>
try_restore(backup::Stored const& stored, std::int64_t jobs, tool::Context& context) {
    auto const& manifest = stored.manifest;
    // As a partial folder it is swept by the next run, should this one be killed.
    backup::Partial const unpacked{stored.folder, manifest.id + ".trial", context.stop};
    backup::unpack(stored.archive_path(), manifest, unpacked.path(), context.stop);
    cluster::Settings settings;
    settings.major = backup::major_of(manifest.server_version);
    settings.stop = context.stop;
    auto const server = cluster::Cluster::start(settings);
    pg::Options limits;
    limits.stop = context.stop;
    limits.deadline = context.deadline;
    {
        auto connection = pg::Connection::open(server.conninfo(), limits);
        prepare(connection, manifest);
    }
    auto const target = server.conninfo(std::string{scratch});
    backup::Restore work{unpacked.path(), target, jobs, false, {}, {}};
    work.on_line = [&](std::string_view line) {
        context.log.debug(line);
    };
    backup::restore(manifest, work, context.stop);
    auto connection = pg::Connection::open(target, limits);
    return backup::row_differences(connection, manifest);
}

} // namespace

bool prove_contents(
    fs::Path const& folder,
    backup::Manifest const& manifest,
    backup::Client const& pg_restore,
    tool::Context& context) {
    std::vector<backup::Entry> entries;
    try {
        entries = backup::contents(pg_restore, folder, context.stop);
    } catch (Error const& error) {
        signal::throw_if_stopped(context.stop);
        note(context, "archive.listed", "pg_restore reads the archive", error.message());
        return false;
    }
    note(context, "archive.listed", "pg_restore reads the archive", "");
    auto const missing = backup::missing_tables(manifest, entries);
    note(
        context,
        "tables.complete",
        fmt::format("all {} are in the archive", text::counted(manifest.tables.size(), "table")),
        missing.empty() ? "" : "missing: " + sentence(missing));
    return missing.empty();
}

bool prove_bytes(
    fs::Path const& archive,
    backup::Manifest const& manifest,
    tool::Context& context) {
    auto const damages = backup::damages(archive, manifest, context.stop);
    note(
        context,
        "archive.checksum",
        fmt::format("the archive and its {} members have their checksums", manifest.members.size()),
        sentence(damages));
    return damages.empty();
}

bool prove_by_restore(backup::Stored const& stored, std::int64_t jobs, tool::Context& context) {
    if (!stored.manifest.whole()) {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{} holds single tables, which cannot be restored by themselves",
                stored.manifest.id),
            "Verify it with --verify list; a backup of the whole database can be restored."};
    }
    auto const began = context.clock.steady();
    std::string failure;
    try {
        failure = sentence(try_restore(stored, jobs, context));
    } catch (Error const& error) {
        signal::throw_if_stopped(context.stop);
        if (error.kind() == ErrorKind::internal) {
            throw;
        }
        failure = error.message() + (error.hint().empty() ? "" : " (" + error.hint() + ")");
    }
    auto const took =
        std::chrono::duration_cast<time::Milliseconds>(context.clock.steady() - began);
    note(context, "archive.restored", "a restore has the rows that were counted", failure)
        .duration = took;
    context.record.add_metric("restore.duration", "ms", static_cast<double>(took.count()));
    return failure.empty();
}

} // namespace slipway::db_backup
