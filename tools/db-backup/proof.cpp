// SPDX-License-Identifier: Apache-2.0
#include "proof.hpp"

#include "backup/archive.hpp"
#include "backup/contents.hpp"
#include "backup/fingerprint.hpp"
#include "backup/restore.hpp"
#include "db_backup.hpp"
#include "error/error.hpp"
#include "pg/connection.hpp"
#include "signal/stop.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "trial.hpp"

#include <algorithm>
#include <future>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr std::size_t most_named = 5;

std::string sentence(std::vector<std::string> const& items) {
    return text::join_first(items, "; ", most_named);
}

std::vector<std::string>
try_restore(backup::Stored const& stored, TrialSettings const& settings, tool::Context& context) {
    auto const& manifest = stored.manifest;
    // As a partial folder it is swept by the next run, should this one be killed.
    backup::Partial const unpacked{stored.folder, manifest.id + ".trial", context.stop};
    backup::unpack(stored.archive_path(), manifest, unpacked.path(), context.stop);
    TrialDatabase const database{settings.server, manifest, context};
    backup::Restore work{unpacked.path(), database.where(), settings.jobs, false, {}, {}};
    work.on_line = [&](std::string_view line) {
        context.log.debug(line);
    };
    backup::restore(manifest, work, context.stop);
    auto connection = pg::Connection::open(database.where(), target::limits(context));
    auto out = backup::row_differences(connection, manifest);
    auto const contents = backup::content_differences(connection, manifest);
    out.insert(out.end(), contents.begin(), contents.end());
    return out;
}

bool note_damages(
    std::vector<std::string> const& damages,
    backup::Manifest const& manifest,
    tool::Context& context) {
    note(
        context,
        "archive.checksum",
        fmt::format("the archive and its {} members have their checksums", manifest.members.size()),
        sentence(damages));
    return damages.empty();
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
    return note_damages(backup::damages(archive, manifest, context.stop), manifest, context);
}

bool prove_packed(
    fs::Path const& tar,
    fs::Path const& toc,
    backup::Manifest& manifest,
    backup::Client const& pg_restore,
    tool::Context& context) {
    auto reading = std::async(std::launch::async, [&tar, &manifest, stop = context.stop] {
        return backup::read_back(tar, manifest, stop);
    });
    bool const listed = prove_contents(toc, manifest, pg_restore, context);
    auto const found = reading.get();
    manifest.archive.sha256 = found.sha256;
    return note_damages(found.damages, manifest, context) && listed;
}

bool prove_by_restore(
    backup::Stored const& stored,
    TrialSettings const& settings,
    tool::Context& context) {
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
        failure = sentence(try_restore(stored, settings, context));
    } catch (Error const& error) {
        signal::throw_if_stopped(context.stop);
        if (error.kind() == ErrorKind::internal) {
            throw;
        }
        failure = error.message() + (error.hint().empty() ? "" : " (" + error.hint() + ")");
    }
    auto const took =
        std::chrono::duration_cast<time::Milliseconds>(context.clock.steady() - began);
    bool const printed = std::any_of(
        stored.manifest.tables.begin(), stored.manifest.tables.end(), [](auto const& table) {
            return !table.fingerprint.empty();
        });
    note(
        context,
        "archive.restored",
        printed ? "a restore has the rows that were counted, with their fingerprints"
                : "a restore has the rows that were counted",
        failure)
        .duration = took;
    context.record.add_metric("restore.duration", "ms", static_cast<double>(took.count()));
    return failure.empty();
}

} // namespace slipway::db_backup
