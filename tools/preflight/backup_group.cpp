// SPDX-License-Identifier: Apache-2.0
#include "backup/store.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "look.hpp"
#include "signal/stop.hpp"
#include "storage/storage.hpp"
#include "time/duration.hpp"

#include <filesystem>

#include <unistd.h>

#include <fmt/format.h>

namespace slipway::preflight {

namespace {

constexpr double mega = 1e6;

// db-backup makes the folder itself: what counts is the nearest one that is there.
fs::Path existing(fs::Path const& path) {
    std::error_code ignored;
    auto out = std::filesystem::absolute(path);
    while (!std::filesystem::exists(out, ignored) && out.has_relative_path()) {
        out = out.parent_path();
    }
    return out;
}

void look_at_latest(
    Look const& look,
    Findings& findings,
    std::vector<backup::Stored> const& backups) {
    backup::Origin origin;
    origin.environment =
        look.context.options.environment.empty() ? "none" : look.context.options.environment;
    if (auto const* identity = look.server.identity()) {
        origin.database = identity->database;
        origin.system_identifier = identity->system_identifier;
    }
    auto const* newest = backup::newest(backups, origin);
    if (newest == nullptr) {
        findings.warned("backup.latest", "no verified backup of this database is there");
        return;
    }
    auto const age = look.context.clock.now() - newest->manifest.created_at;
    auto const message = fmt::format(
        "{} ({}) is {} old",
        newest->manifest.id,
        backup::name(newest->manifest.level),
        time::human_duration(age));
    age > look.options.backup_max_age ? findings.warned("backup.latest", message)
                                      : findings.passed("backup.latest", message);
}

void look_at_room(Look const& look, Findings& findings, backup::Listing const& listing) {
    if (storage::is_bucket(look.options.stores.front())) {
        findings.skipped("backup.room", "a bucket has no end that it tells of");
        return;
    }
    auto const folder = existing(look.options.stores.front());
    auto const free = static_cast<double>(fs::free_bytes(folder));
    // Twice the newest, or what the database takes on the server, which a dump never exceeds by far.
    double needed = static_cast<double>(look.server.bytes());
    if (!listing.backups.empty()) {
        needed = 2 * static_cast<double>(listing.backups.back().manifest.archive.bytes);
    }
    auto const message =
        fmt::format("{:.0f} MB are free, {:.1f} MB may be needed", free / mega, needed / mega);
    free < needed ? findings.failed("backup.room", message)
                  : findings.passed("backup.room", message);
}

void look_at_stores(Look const& look, storage::Places& places, Findings& findings) {
    std::vector<std::string> closed;
    std::vector<std::string> broken;
    for (auto const& given : look.options.stores) {
        auto const store = storage::as_place(given);
        if (storage::is_bucket(store)) {
            try {
                for (auto const& each : places.list(store).broken) {
                    broken.push_back(fmt::format("{}: {}", each.path.string(), each.why));
                }
            } catch (Error const& error) {
                signal::throw_if_stopped(look.context.stop);
                closed.push_back(error.message());
            }
            continue;
        }
        auto const folder = existing(store);
        std::error_code ignored;
        if (!std::filesystem::is_directory(folder, ignored) ||
            ::access(folder.c_str(), W_OK | X_OK) != 0) {
            closed.push_back(store.string());
            continue;
        }
        for (auto const& each : backup::list(store).broken) {
            broken.push_back(fmt::format("{}: {}", each.path.string(), each.why));
        }
    }
    findings.none_of("backup.store", closed, "it can", Findings::Amiss::fails);
    findings.none_of("backup.broken", broken, "none does", Findings::Amiss::warns);
}

} // namespace

void look_at_backup(Look const& look, Findings& findings) {
    if (look.options.stores.empty()) {
        findings.skip_rest("backup", "no folder named with --backup-to");
        return;
    }
    auto const places = storage::open(look.options.storage, look.context);
    findings.attempt("backup.store", [&] { look_at_stores(look, *places, findings); });
    findings.attempt("backup.latest", [&] {
        static_cast<void>(look.server.identity());
        auto const listing = places->list(storage::as_place(look.options.stores.front()));
        look_at_latest(look, findings, listing.backups);
        look_at_room(look, findings, listing);
    });
    findings.skip_rest("backup", "the folder could not be read");
}

} // namespace slipway::preflight
