// SPDX-License-Identifier: Apache-2.0
#include "proof.hpp"

#include "backup/archive.hpp"
#include "backup/contents.hpp"
#include "cluster/cluster.hpp"
#include "db_backup.hpp"
#include "error/error.hpp"
#include "pg/connection.hpp"
#include "pg/quote.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <charconv>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr std::string_view scratch = "trial";
constexpr time::Milliseconds grace{1500};
constexpr std::size_t most_named = 5;

// The first few, and how many more there are.
std::string sentence(std::vector<std::string> const& items) {
    std::vector<std::string> const shown{
        items.begin(),
        items.begin() + static_cast<std::ptrdiff_t>(std::min(items.size(), most_named))};
    std::string out = text::join(shown, "; ");
    if (items.size() > most_named) {
        out += fmt::format("; and {} more", items.size() - most_named);
    }
    return out;
}

int major_of(std::string const& version) {
    int out = 0;
    std::from_chars(version.data(), version.data() + version.size(), out);
    return out;
}

// Policies name roles, which a new server does not have; owners and grants are not restored.
void prepare(pg::Connection& server, backup::Manifest const& manifest) {
    for (auto const& role : manifest.roles) {
        auto const known =
            server.exec("select exists (select from pg_roles where rolname = $1)", {role});
        if (!known.one_value<bool>() && !role.starts_with("pg_")) {
            server.exec("create role " + pg::quote_identifier(role));
        }
    }
    server.exec(fmt::format(
        "create database {} template template0 encoding {} locale {}",
        pg::quote_identifier(scratch),
        pg::quote_literal(manifest.encoding),
        manifest.encoding == "UTF8" ? "'C.UTF-8'" : "'C'"));
}

void run_restore(
    fs::Path const& folder,
    backup::Manifest const& manifest,
    pg::ConnInfo const& target,
    std::int64_t jobs,
    tool::Context& context) {
    proc::Command command;
    command.program = restore_client(manifest, context.stop).path.string();
    command.arguments = {
        "--format=directory",
        fmt::format("--jobs={}", jobs),
        "--no-owner",
        "--no-privileges",
        fmt::format("--dbname={}", scratch),
        folder.string()};
    command.environment = target.libpq_environment();
    command.environment.emplace_back("LC_ALL", "C");
    command.grace = grace;
    std::vector<std::string> complaints;
    command.on_error_line = [&](std::string_view line) {
        context.log.debug(line);
        if (line.find("error:") != std::string_view::npos) {
            complaints.push_back(text::printable_line(line));
        }
    };
    auto const outcome = proc::run(command, context.stop);
    signal::throw_if_stopped(context.stop);
    if (!outcome.ok()) {
        throw Error{
            ErrorKind::failed,
            fmt::format("pg_restore failed ({}): {}", outcome.how(), sentence(complaints))};
    }
}

std::vector<std::string>
differences(pg::ConnInfo const& target, backup::Manifest const& manifest, pg::Options limits) {
    auto connection = pg::Connection::open(target, std::move(limits));
    std::vector<std::string> out;
    for (auto const& table : manifest.tables) {
        std::string const name = pg::qualified(table.schema, table.name);
        auto const rows =
            connection.exec("select count(*) from only " + name).one_value<std::int64_t>();
        std::int64_t const expected = table.data ? table.rows : 0;
        if (rows != expected) {
            out.push_back(fmt::format("{} has {} rows, not {}", name, rows, expected));
        }
    }
    return out;
}

std::vector<std::string>
try_restore(backup::Stored const& stored, std::int64_t jobs, tool::Context& context) {
    auto const& manifest = stored.manifest;
    // As a partial folder it is swept by the next run, should this one be killed.
    backup::Partial const unpacked{stored.folder, manifest.id + ".trial", context.stop};
    backup::unpack(stored.archive_path(), manifest, unpacked.path(), context.stop);
    cluster::Settings settings;
    settings.major = major_of(manifest.server_version);
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
    run_restore(unpacked.path(), manifest, target, jobs, context);
    return differences(target, manifest, limits);
}

} // namespace

backup::Client restore_client(backup::Manifest const& manifest, std::stop_token const& stop) {
    return backup::find_client("pg_restore", major_of(manifest.pg_dump_version), stop);
}

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
