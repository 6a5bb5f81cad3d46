// SPDX-License-Identifier: Apache-2.0
#include "backup/store.hpp"
#include "db_backup.hpp"
#include "json/value.hpp"
#include "progress/progress.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_backup {

namespace {

json::Value entry_json(backup::Stored const& stored) {
    // The lists of members and tables stay in the manifest: an inventory is to be read.
    json::Value out = backup::to_json(stored.manifest);
    for (auto const* list : {"members", "tables", "roles"}) {
        out.erase(list);
    }
    out["folder"] = stored.folder.string();
    return out;
}

void show(std::vector<backup::Stored> const& backups, tool::Context& context) {
    std::size_t width = 2;
    std::size_t database = 8;
    for (auto const& stored : backups) {
        width = std::max(width, stored.manifest.id.size());
        database = std::max(database, stored.manifest.database.size());
    }
    for (auto const& stored : backups) {
        auto const& manifest = stored.manifest;
        context.log.info(fmt::format(
            "{:<{}}  {:<{}}  {:<7}  {:<8}  {:>8}{}{}",
            manifest.id,
            width,
            manifest.database,
            database,
            name(manifest.kind),
            name(manifest.level),
            progress::human_bytes(manifest.archive.bytes),
            manifest.encryption ? "  encrypted" : "",
            manifest.pinned ? "  pinned" : ""));
    }
}

} // namespace

void list(Options const& options, tool::Context& context, storage::Places& places) {
    auto backups = json::Value::array();
    auto broken = json::Value::array();
    std::string newest = "none";
    for (auto const& place : places_of(options)) {
        auto const listing = places.list(place);
        show(listing.backups, context);
        for (auto const& stored : listing.backups) {
            backups.push_back(entry_json(stored));
        }
        if (auto const* found =
                backup::newest(listing.backups, {context.options.environment, {}, {}})) {
            newest = found->manifest.id;
        }
        for (auto const& one : listing.broken) {
            context.log.warning(fmt::format("{} is no backup: {}", one.path.string(), one.why));
            broken.push_back({{"path", one.path.string()}, {"why", one.why}});
            auto& check = note(
                context,
                "store.sound",
                one.path.filename().string(),
                one.why,
                record::Severity::minor);
            check.hint = "Remove it, or bring back the part that is missing.";
        }
    }
    context.record.summary =
        fmt::format("{}, newest verified: {}", text::counted(backups.size(), "backup"), newest);
    *context.record.data = {{"backups", backups}, {"broken", broken}};
}

} // namespace slipway::db_backup
