// SPDX-License-Identifier: Apache-2.0
#include "choice.hpp"

#include "backup/archive.hpp"
#include "error/error.hpp"
#include "progress/progress.hpp"
#include "record/read.hpp"
#include "record/run.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

std::string environment_word(tool::Context const& context) {
    return context.options.environment.empty() ? "none" : context.options.environment;
}

std::string wanted_environment(Options const& options, tool::Context const& context) {
    return options.from_environment.empty() ? environment_word(context) : options.from_environment;
}

// The backups of all places, oldest first; what is broken there is told, not hidden.
backup::Listing list_all(std::vector<fs::Path> const& where, storage::Places& places) {
    backup::Listing out;
    for (auto const& place : where) {
        auto one = places.list(place);
        std::move(one.backups.begin(), one.backups.end(), std::back_inserter(out.backups));
        std::move(one.broken.begin(), one.broken.end(), std::back_inserter(out.broken));
    }
    std::stable_sort(out.backups.begin(), out.backups.end(), [](auto const& a, auto const& b) {
        return a.manifest.created_at < b.manifest.created_at;
    });
    return out;
}

backup::Stored find_in(
    std::vector<fs::Path> const& where,
    std::string const& id,
    backup::Origin const& origin,
    storage::Places& places) {
    auto const listing = list_all(where, places);
    auto const broken =
        std::find_if(listing.broken.begin(), listing.broken.end(), [&](auto const& one) {
            auto const name = one.path.filename().string();
            return name == id + ".manifest.json" || name == id + ".tar" || name == id + ".tar.age";
        });
    auto const whole =
        std::any_of(listing.backups.begin(), listing.backups.end(), [&](auto const& one) {
            return one.manifest.id == id;
        });
    if (broken != listing.broken.end() && !whole) {
        throw Error{
            ErrorKind::refused,
            fmt::format("the backup {} is not whole: {}", id, broken->why),
            "Bring the missing part, or choose another backup: db-backup list."};
    }
    return backup::find(listing.backups, id, origin);
}

// Regular backups of whole runs; a safety backup of an earlier restore is no step to go back to.
std::vector<record::Found> backup_records(tool::Context& context) {
    std::vector<record::Found> out;
    for (auto const& found : context.inputs()) {
        auto const& data = *found.record.data;
        if (found.record.tool == "db-backup" && found.record.command == "create" &&
            json::text_at(data, "kind") != "safety") {
            out.push_back(found);
        }
    }
    return out;
}

// Where the record says that its backup lies.
std::vector<fs::Path> folders_of(record::Found const& found) {
    std::vector<fs::Path> out;
    for (auto const& artifact : found.record.artifacts) {
        if (artifact.kind == "backup-manifest" && !artifact.path.empty()) {
            out.push_back((found.path.parent_path() / artifact.path).parent_path());
        } else if (artifact.kind == "backup" && storage::is_bucket(artifact.uri)) {
            out.push_back(fs::Path{artifact.uri}.parent_path());
        }
    }
    return out;
}

backup::Stored choose_by_record(
    std::vector<record::Found> const& records,
    Options const& options,
    record::Target const& live,
    tool::Context& context,
    storage::Places& places) {
    record::Demand demand;
    demand.tool = "db-backup";
    demand.environment =
        options.from_environment.empty() ? context.options.environment : options.from_environment;
    if (options.from_environment.empty()) {
        demand.target = live;
    }
    auto const& found = record::require_evidence(records, demand, context.clock.now());
    auto where = options.from.empty() ? options.from : places_of(options);
    auto const told = folders_of(found);
    where.insert(where.end(), told.begin(), told.end());
    std::string const id = json::text_at(*found.record.data, "id");
    auto stored = find_in(where, id, {}, places);
    std::string const sum = json::text_at(json::at(*found.record.data, "archive"), "sha256");
    if (stored.manifest.archive.sha256 != sum) {
        throw Error{
            ErrorKind::refused,
            fmt::format("the backup {} is not the one of {}", id, found.path.string()),
            "Its checksum differs from that in the record; choose another backup."};
    }
    context.rely_on(found);
    return stored;
}

std::string origin_objection(
    backup::Manifest const& manifest,
    record::Target const& live,
    Options const& options,
    tool::Context const& context) {
    std::string const wanted = wanted_environment(options, context);
    if (manifest.environment != wanted) {
        return fmt::format(
            "{} is of the environment {}, not {}", manifest.id, manifest.environment, wanted);
    }
    if (!options.from_environment.empty()) {
        return {};
    }
    if (manifest.database != live.database) {
        return fmt::format(
            "{} is of the database {}, not {}", manifest.id, manifest.database, live.database);
    }
    // A role that may not read the identifier leaves it empty; then the name must do.
    if (!manifest.system_identifier.empty() && !live.system_identifier.empty() &&
        manifest.system_identifier != live.system_identifier) {
        return fmt::format("{} is of a database on another server", manifest.id);
    }
    return {};
}

backup::Stored find_chosen(
    Options const& options,
    record::Target const& live,
    tool::Context& context,
    storage::Places& places) {
    if (options.backup_id.empty()) {
        if (auto const records = backup_records(context); !records.empty()) {
            return choose_by_record(records, options, live, context, places);
        }
    }
    backup::Origin origin{wanted_environment(options, context), {}, {}};
    if (options.from_environment.empty()) {
        origin.database = live.database;
        origin.system_identifier = live.system_identifier;
    }
    return find_in(
        places_of(options),
        options.backup_id.empty() ? "latest" : options.backup_id,
        origin,
        places);
}

fs::Path workplace_of(Options const& options) {
    for (auto const& place : options.from) {
        if (!storage::is_bucket(place)) {
            return place;
        }
    }
    return record::folder() / "backups";
}

// Fetches and decrypts the backup where it is not a plain file of this machine.
void bring_here(Chosen& chosen, Options const& options, tool::Context& context) {
    bool const away = storage::is_bucket(chosen.place);
    auto const workplace = workplace_of(options);
    for (auto const& id : backup::sweep(away ? workplace : chosen.place, context.stop)) {
        context.log.warning("removed what a killed run left behind", {{"id", id}});
    }
    std::optional<progress::Progress> progress;
    if (away) {
        progress.emplace(
            context.log,
            "downloading",
            progress::Unit::bytes,
            chosen.stored.manifest.archive.bytes);
    }
    chosen.keeper = std::make_unique<storage::Plain>(
        chosen.stored,
        storage::Opening{
            *chosen.places,
            storage::identity(options.storage, context),
            workplace,
            context.stop,
            [&](std::uint64_t done) {
                progress->at(done);
            }});
    if (!chosen.keeper->damage().empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{} is damaged: {}", chosen.stored.manifest.id, chosen.keeper->damage()),
            "Choose another backup, or another copy of this one (--from)."};
    }
    chosen.stored = chosen.keeper->plain();
}

} // namespace

std::vector<fs::Path> places_of(Options const& options) {
    if (options.from.empty()) {
        return {record::folder() / "backups"};
    }
    std::vector<fs::Path> out;
    for (auto const& given : options.from) {
        out.push_back(storage::as_place(given));
    }
    return out;
}

Chosen choose(Options const& options, record::Target const& live, tool::Context& context) {
    Chosen out;
    out.places = storage::open(options.storage, context);
    out.stored = find_chosen(options, live, context, *out.places);
    out.place = out.stored.folder;
    out.encryption = out.stored.manifest.encryption;
    if (out.encryption || storage::is_bucket(out.place)) {
        bring_here(out, options, context);
    }
    return out;
}

void require_fit(
    backup::Stored const& stored,
    record::Target const& live,
    int server_major,
    bool production,
    Options const& options,
    tool::Context& context) {
    auto const& manifest = stored.manifest;
    require(
        context,
        "backup.whole",
        "it is a backup of a whole database",
        manifest.whole() || !options.tables.empty()
            ? ""
            : fmt::format("{} holds single tables", manifest.id),
        "Choose a backup that was made without --table.");
    require(
        context,
        "backup.origin",
        "it is a backup of this environment and database",
        origin_objection(manifest, live, options, context),
        fmt::format("If that one is meant, say so: --from-environment {}.", manifest.environment));
    bool const unverified = manifest.level == backup::Level::stored && production;
    require(
        context,
        "backup.verified",
        "the backup was verified",
        unverified && !options.allow_unverified
            ? fmt::format("nobody has read {} back since it was written", manifest.id)
            : "",
        "Verify it first (db-backup verify), or give --allow-unverified.");
    int const major = backup::major_of(manifest.server_version);
    require(
        context,
        "backup.version",
        "the server is not older than the backup's",
        major > server_major
            ? fmt::format(
                  "{} is of PostgreSQL {}, and this server is {}", manifest.id, major, server_major)
            : "",
        "Restore it on a server of that version or newer.");
    auto const damages = backup::damages(stored.archive_path(), manifest, context.stop);
    require(
        context,
        "archive.checksum",
        "the archive has its checksums",
        damages.empty()
            ? ""
            : fmt::format(
                  "{} is damaged: {}", manifest.id, text::join_first(damages, "; ", most_named)),
        "Choose another backup, or another copy of this one (--from).");
}

json::Value to_json(Chosen const& chosen) {
    auto const& manifest = chosen.stored.manifest;
    json::Value out{
        {"id", manifest.id},
        {"folder", chosen.place.string()},
        {"environment", manifest.environment},
        {"created_at", time::to_rfc3339(manifest.created_at)},
        {"level", backup::name(manifest.level)}};
    if (chosen.encryption) {
        out["encrypted_for"] = chosen.encryption->recipients;
    }
    return out;
}

} // namespace slipway::db_restore
