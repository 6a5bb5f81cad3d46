// SPDX-License-Identifier: Apache-2.0
#include "prune.hpp"

#include "error/error.hpp"
#include "json/value.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_backup {

namespace {

std::set<std::string> needed_by_inputs(tool::Context& context) {
    std::set<std::string> out;
    for (auto const& found : context.inputs()) {
        auto const& data = *found.record.data;
        bool const ours = found.record.tool == definition.name;
        std::string const id = json::text_at(data, ours ? "id" : "backup_id");
        if (!id.empty()) {
            out.insert(id);
            context.rely_on(found);
        }
    }
    return out;
}

bool dry(Options const& options) {
    return !options.dry_run.empty();
}

// True where the backup is there; the pin is kept in its manifest.
bool set_pin(
    fs::Path const& place,
    std::string const& id,
    bool pinned,
    Options const& options,
    storage::Places& places) {
    for (auto& stored : places.list(place).backups) {
        if (stored.manifest.id == id) {
            stored.manifest.pinned = pinned;
            if (!dry(options)) {
                places.write_manifest(stored.manifest, place);
            }
            return true;
        }
    }
    return false;
}

void set_pins(
    std::vector<std::string> const& ids,
    bool pinned,
    Options const& options,
    storage::Places& places) {
    for (auto const& id : ids) {
        bool found = false;
        for (auto const& place : places_of(options)) {
            found = set_pin(place, id, pinned, options, places) || found;
        }
        if (!found) {
            throw Error{
                ErrorKind::usage,
                fmt::format("there is no backup {}", id),
                "See db-backup list; nothing was removed."};
        }
    }
}

json::Value fates_json(std::vector<Pruned> const& all) {
    auto out = json::Value::array();
    for (auto const& pruned : all) {
        for (auto const& fate : pruned.fates) {
            out.push_back(
                {{"folder", pruned.folder.string()},
                 {"id", fate.id},
                 {"stays", fate.stays},
                 {"why", fate.why}});
        }
    }
    return out;
}

} // namespace

Pruned apply_retention(
    fs::Path const& folder,
    Options const& options,
    tool::Context& context,
    storage::Places& places,
    std::function<bool(backup::Manifest const&)> const& concerned) {
    auto const needed = needed_by_inputs(context);
    Pruned out{folder, {}};
    std::error_code code;
    bool const bucket = storage::is_bucket(folder);
    if (!bucket && !std::filesystem::exists(folder, code)) {
        return out;
    }
    // Two runs that prune a bucket at once come to the same, and what is gone is gone.
    std::optional<backup::StoreLock> lock;
    if (!bucket) {
        lock.emplace(folder, context.stop);
    }
    auto const listing = places.list(folder);
    std::vector<backup::Manifest> manifests;
    for (auto const& stored : listing.backups) {
        if (concerned(stored.manifest)) {
            manifests.push_back(stored.manifest);
            // A dry-run has not written the pins that it would set.
            auto const named = [&](std::vector<std::string> const& ids) {
                return std::find(ids.begin(), ids.end(), stored.manifest.id) != ids.end();
            };
            manifests.back().pinned =
                (stored.manifest.pinned && !named(options.unpin)) || named(options.pin);
        }
    }
    out.fates =
        backup::plan(manifests, {options.keep, options.keep_days}, context.clock.now(), needed);
    for (auto const& fate : out.fates) {
        if (fate.stays) {
            continue;
        }
        if (!dry(options)) {
            places.remove(backup::find(listing.backups, fate.id, {}));
        }
        context.log.info(
            fmt::format("{} {}", dry(options) ? "would remove" : "removed", fate.id),
            {{"folder", folder.string()}, {"why", fate.why}});
    }
    return out;
}

std::vector<std::string>
note_retention(std::vector<Pruned> const& all, Options const& options, tool::Context& context) {
    std::vector<std::string> removed;
    std::size_t stay = 0;
    for (auto const& pruned : all) {
        for (auto const& fate : pruned.fates) {
            if (fate.stays) {
                ++stay;
            } else {
                removed.push_back(fate.id);
            }
        }
    }
    note(
        context,
        "retention",
        fmt::format(
            "{} {}, {} {}",
            text::counted(stay, "backup"),
            stay == 1 ? "stays" : "stay",
            removed.size(),
            dry(options) ? "would go" : "removed"),
        "",
        record::Severity::minor);
    return removed;
}

void prune(Options const& options, tool::Context& context, storage::Places& places) {
    auto const all_places = places_of(options);
    set_pins(options.pin, true, options, places);
    set_pins(options.unpin, false, options, places);
    if (!dry(options)) {
        clean_up(all_places, options, places, context);
    }
    std::vector<Pruned> all;
    for (auto const& place : all_places) {
        all.push_back(
            apply_retention(place, options, context, places, [](auto const&) { return true; }));
    }
    auto const removed = note_retention(all, options, context);
    *context.record.data = {{"pruned", removed}, {"fates", fates_json(all)}};
    context.record.summary = fmt::format(
        "{} {}",
        dry(options) ? "Would remove" : "Removed",
        removed.empty() ? "no backup" : text::counted(removed.size(), "backup"));
}

} // namespace slipway::db_backup
