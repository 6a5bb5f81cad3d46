// SPDX-License-Identifier: Apache-2.0
#include "catalog/properties.hpp"
#include "data_loss.hpp"
#include "db_restore.hpp"
#include "error/error.hpp"
#include "guard.hpp"
#include "newer_migrations.hpp"
#include "swap.hpp"
#include "target/target.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

// The database that the live one has replaced.
Sibling replaced(Site& site, std::int64_t live) {
    auto const siblings = site.siblings();
    auto const found = std::find_if(siblings.begin(), siblings.end(), [&](Sibling const& one) {
        return one.marker.stage == Stage::previous && one.marker.replaced_by == live;
    });
    if (found == siblings.end()) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{} has replaced no database that is still there", site.live()),
            "Look at what there is with db-restore status."};
    }
    return *found;
}

// The swap that puts `old` back; an undo of it is the same once more.
Swap swap_back(
    Site& site,
    std::int64_t live,
    Sibling const& old,
    bool terminate,
    tool::Context& context) {
    Swap out;
    out.live = live;
    out.next = old.name;
    out.next_oid = old.oid;
    out.previous = name_for(Stage::previous, site.live(), make_tag(context.clock.now()));
    out.marker = Marker{
        Stage::previous,
        site.live(),
        context.record.run.id,
        context.clock.now(),
        "",
        old.oid,
        catalog::properties_of(site.connection(), live).comment};
    out.comment = old.marker.comment;
    out.terminate = terminate;
    return out;
}

} // namespace

void undo(Options const& options, tool::Context& context) {
    Site site{options, context};
    auto const live = site.live_oid();
    auto connection = target::open(site.where(), context);
    auto const old = replaced(site, live);
    auto& data = *context.record.data;
    data["live"] = {{"database", site.live()}, {"oid", live}};
    require_rights(site, live, context);
    require_nothing_bound(site, live, context);
    require_alone(site, live, connection.backend_pid(), "sessions", options, context);
    accept_loss(
        fmt::format("Swap {} back to {}?", site.live(), old.name),
        old.marker.at,
        migrations_since(connection, old.marker.at, nullptr, context),
        context.production(site.where().is_local()),
        options,
        context);
    if (!options.dry_run.empty()) {
        context.record.summary = fmt::format("Would swap {} back to {}", site.live(), old.name);
        return;
    }
    site.lock();
    data["removed"] = site.sweep();
    auto const lock =
        take_lock(connection, pg::deployment_lock, "a migration or a backup", options, context);
    // Another run may have been faster until the lock was ours.
    if (site.live_oid() != live || replaced(site, live).name != old.name) {
        throw Error{
            ErrorKind::refused,
            "another run has swapped the database meanwhile",
            "Look at it with db-restore status."};
    }
    auto const work = swap_back(site, live, old, options.terminate, context);
    swap(
        site, work, [&] { connection.close(); }, context);
    data["live"]["oid"] = old.oid;
    data["live"]["replaced"] = live;
    data["previous"] = work.previous;
    context.record.note("swap.done", "the old database is live again", "");
    context.record.summary =
        fmt::format("Swapped {} back; what it replaced is kept as {}", site.live(), work.previous);
}

} // namespace slipway::db_restore
