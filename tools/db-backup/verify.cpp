// SPDX-License-Identifier: Apache-2.0
#include "backup/archive.hpp"
#include "backup/restore.hpp"
#include "db_backup.hpp"
#include "error/error.hpp"
#include "fs/temp_folder.hpp"
#include "json/value.hpp"
#include "progress/progress.hpp"
#include "proof.hpp"
#include "storage/plain.hpp"
#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_backup {

namespace {

bool prove_listing(backup::Stored const& stored, tool::Context& context) {
    fs::TempFolder const toc{"slipway-toc-"};
    backup::unpack(stored.archive_path(), stored.manifest, toc.path(), context.stop, "toc.dat");
    return prove_contents(
        toc.path(),
        stored.manifest,
        backup::restore_client(stored.manifest, context.stop),
        context);
}

storage::Plain bring(
    backup::Stored const& stored,
    Options const& options,
    tool::Context& context,
    storage::Places& places) {
    progress::Progress progress{
        context.log, "downloading", progress::Unit::bytes, stored.manifest.archive.bytes};
    return storage::Plain{
        stored,
        {places,
         storage::identity(options.storage, context),
         workplace_of(options),
         context.stop,
         [&](std::uint64_t done) {
             progress.at(done);
         }}};
}

// The level that the backup has proven now.
std::optional<backup::Level> prove(
    backup::Stored const& stored,
    Options const& options,
    tool::Context& context,
    storage::Places& places) {
    auto plain = bring(stored, options, context, places);
    if (!prove_bytes(plain.fetched().archive_path(), stored.manifest, context)) {
        return std::nullopt;
    }
    if (plain.locked()) {
        note(
            context,
            "archive.listed",
            "pg_restore reads the archive",
            "it is encrypted, and nobody gave an --identity",
            record::Severity::minor)
            .status = record::CheckStatus::skipped;
        return backup::Level::stored;
    }
    auto const& open = plain.plain();
    if (stored.manifest.encryption && !prove_bytes(open.archive_path(), open.manifest, context)) {
        return std::nullopt;
    }
    if (!prove_listing(open, context)) {
        return std::nullopt;
    }
    if (options.verify == "restore") {
        return prove_by_restore(open, {options.verify_server, options.jobs}, context)
                   ? std::optional{backup::Level::restored}
                   : std::nullopt;
    }
    return backup::Level::listed;
}

json::Value verify_one(
    backup::Stored stored,
    Options const& options,
    tool::Context& context,
    storage::Places& places) {
    auto const level = prove(stored, options, context, places);
    auto& manifest = stored.manifest;
    if (level && *level > manifest.level) {
        manifest.level = *level;
        places.write_manifest(manifest, stored.folder);
    }
    context.log.info(
        fmt::format("{} {}", manifest.id, level ? "is whole" : "cannot be relied on"),
        {{"folder", stored.folder.string()}, {"level", std::string{name(manifest.level)}}});
    context.record.target =
        record::Target{manifest.system_identifier, manifest.database, manifest.database_oid};
    json::Value out{
        {"id", manifest.id},
        {"folder", stored.folder.string()},
        {"whole", level.has_value()},
        {"level", name(manifest.level)}};
    if (level) {
        out["proven"] = name(*level);
    }
    return out;
}

// A backup whose manifest cannot be read or whose archive is not there in full.
backup::Broken const* broken_one(backup::Listing const& listing, std::string const& id) {
    auto const found =
        std::find_if(listing.broken.begin(), listing.broken.end(), [&](auto const& one) {
            return one.path.filename() == id + ".manifest.json" ||
                   one.path.filename() == id + ".tar";
        });
    return found == listing.broken.end() ? nullptr : &*found;
}

json::Value verify_in(
    fs::Path const& folder,
    std::string const& id,
    Options const& options,
    tool::Context& context,
    storage::Places& places) {
    auto const listing = places.list(folder);
    if (auto const* broken = broken_one(listing, id)) {
        note(context, "archive.complete", "the backup has its parts", broken->why);
        return {{"id", id}, {"folder", folder.string()}, {"whole", false}, {"level", "stored"}};
    }
    return verify_one(
        backup::find(listing.backups, id, {context.options.environment, {}, {}}),
        options,
        context,
        places);
}

} // namespace

void verify(Options const& options, tool::Context& context, storage::Places& places) {
    std::vector<std::string> const ids =
        options.ids.empty() ? std::vector<std::string>{"latest"} : options.ids;
    auto verified = json::Value::array();
    // A trial that was killed is in the way of the next one.
    if (options.verify == "restore") {
        clean_up(places_of(options), options, places, context);
    }
    for (auto const& place : places_of(options)) {
        for (auto const& id : ids) {
            verified.push_back(verify_in(place, id, options, context, places));
        }
    }
    auto const bad = std::count_if(verified.begin(), verified.end(), [](json::Value const& one) {
        return !one["whole"].get<bool>();
    });
    bool const sealed = std::any_of(verified.begin(), verified.end(), [](json::Value const& one) {
        return json::text_at(one, "proven") == name(backup::Level::stored);
    });
    if (verified.size() != 1) {
        // Checks of several databases are about none of them.
        context.record.target.reset();
    }
    context.record.summary =
        bad > 0 ? fmt::format("{} of {} damaged", bad, text::counted(verified.size(), "backup"))
                : fmt::format(
                      "{} verified by {}",
                      verified.size() == 1 ? verified[0]["id"].get<std::string>()
                                           : text::counted(verified.size(), "backup"),
                      sealed ? "checksums alone, being encrypted" : options.verify);
    *context.record.data = {{"verified", verified}};
}

} // namespace slipway::db_backup
