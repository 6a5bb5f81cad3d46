// SPDX-License-Identifier: Apache-2.0
// status, undo and retire of --schema-swap.
#include "catalog/snapshot.hpp"
#include "data_loss.hpp"
#include "error/error.hpp"
#include "newer_migrations.hpp"
#include "pg/quote.hpp"
#include "pg/transaction.hpp"
#include "schema_limits.hpp"
#include "schema_swap.hpp"
#include "site.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::db_restore {

namespace {

std::vector<std::string> names(KeptSet const& set) {
    std::vector<std::string> out;
    for (auto const& one : set.schemas) {
        out.push_back(one.name);
    }
    return out;
}

json::Value to_json(KeptSet const& set) {
    json::Value out{
        {"tag", set.tag},
        {"at", time::to_rfc3339(set.at)},
        {"run", set.run},
        {"backup", set.backup},
        {"schemas", json::Value::array()}};
    for (auto const& one : set.schemas) {
        out["schemas"].push_back(
            {{"schema", one.name},
             {"oid", one.oid},
             {"live", one.marker.live},
             {"replaced_by", one.marker.replaced_by}});
    }
    return out;
}

// Whether the schemas that are live now are those that replaced this set.
bool is_replaced_by(KeptSet const& set, std::vector<LiveSchema> const& live) {
    return std::any_of(set.schemas.begin(), set.schemas.end(), [&](KeptSchema const& one) {
        return std::any_of(live.begin(), live.end(), [&](LiveSchema const& now) {
            return now.oid == one.marker.replaced_by;
        });
    });
}

void note_live(SchemaSite& site, tool::Context& context) {
    auto& data = *context.record.data;
    data["mode"] = "schema-swap";
    data["live"] = {{"database", site.database()}, {"oid", context.record.target->oid}};
}

KeptSet replaced(SchemaSite& site) {
    auto const sets = site.kept();
    auto const live = site.live_schemas();
    auto const found = std::find_if(
        sets.begin(), sets.end(), [&](KeptSet const& set) { return is_replaced_by(set, live); });
    if (found == sets.end()) {
        throw Error{
            ErrorKind::refused,
            fmt::format(
                "the schemas of {} have replaced none that are still there", site.database()),
            "Look at what there is with db-restore status --schema-swap."};
    }
    return *found;
}

// All in the open transaction: the live schemas go aside, the kept ones get their names back.
void swap_back(SchemaSite& site, pg::Connection& work, KeptSet const& old, SchemaSwap& swap) {
    auto const live = site.live_schemas();
    swap.move_aside(live);
    for (auto const& one : old.schemas) {
        std::string const name = pg::quote_identifier(one.marker.live);
        work.exec("alter schema " + pg::quote_identifier(one.name) + " rename to " + name);
        auto const& comment = one.marker.comment;
        work.exec(
            "comment on schema " + name + " is " +
            (comment ? pg::quote_literal(*comment) : "null"));
    }
    for (auto const& schema : live) {
        if (schema.with_extensions && swap.oid_of(schema.name) == 0) {
            swap.make_anew(schema);
        }
    }
    swap.bring_extensions();
    swap.name_successors();
}

} // namespace

void schema_status(Options const& options, tool::Context& context) {
    SchemaSite site{options, context};
    auto const sets = site.kept();
    auto const live = site.live_schemas();
    auto const runner = site.runner();
    note_live(site, context);
    auto& data = *context.record.data;
    data["running"] = runner.has_value();
    data["schemas"] = json::Value::array();
    for (auto const& one : live) {
        data["schemas"].push_back({{"schema", one.name}, {"oid", one.oid}});
    }
    data["kept_sets"] = json::Value::array();
    data["remaining"] = json::Value::array();
    std::string state = "are live, no restore replaced any";
    for (auto const& set : sets) {
        bool const direct = is_replaced_by(set, live);
        data["kept_sets"].push_back(to_json(set));
        std::string const line = fmt::format(
            "{} {} kept{}; drop them with db-restore retire --schema-swap.",
            text::join(names(set), ", "),
            set.schemas.size() == 1 ? "is" : "are",
            direct ? ": db-restore undo --schema-swap swaps back to them" : "");
        data["remaining"].push_back(line);
        context.log.info(line);
        if (direct) {
            state = "are " + tell_origin(set.at, set.backup, context);
        }
    }
    context.record.summary = fmt::format(
        "The schemas of {} {}; {}",
        site.database(),
        state,
        runner ? fmt::format("a restore is running (process {})", runner->pid)
               : text::counted(sets.size(), "set") + " kept");
}

void undo_schemas(Options const& options, tool::Context& context) {
    SchemaSite site{options, context};
    note_live(site, context);
    auto const old = replaced(site);
    require_swappable(site, site.live_schemas(), context);
    accept_loss(
        fmt::format("Swap the schemas of {} back to {}?", site.database(), old.tag),
        old.at,
        migrations_since(site.connection(), old.at, nullptr, context),
        context.production(site.where().is_local()),
        options,
        context);
    if (!options.dry_run.empty()) {
        context.record.summary = "Would swap back to " + text::join(names(old), ", ");
        return;
    }
    site.lock();
    auto const lock = take_lock(
        site.connection(), pg::deployment_lock, "a migration or a backup", options, context);
    if (replaced(site).tag != old.tag) {
        throw Error{
            ErrorKind::refused,
            "another run has swapped the schemas meanwhile",
            "Look at it with db-restore status --schema-swap."};
    }
    Marker marker;
    marker.stage = Stage::previous;
    marker.run = context.record.run.id;
    marker.at = context.clock.now();
    auto work = site.open_another();
    SchemaSwap swap{site, work, make_tag(context.clock.now()), marker};
    pg::Transaction transaction{work};
    swap_back(site, work, old, swap);
    swap.lock_out(options, context);
    auto& data = *context.record.data;
    data["schemas"] = swap.to_json();
    auto const& probe = old.schemas.front();
    commit_swap(
        site, [&] { transaction.commit(); }, probe.marker.live, probe.oid, context);
    context.record.note("swap.done", "the old schemas are live again", "");
    context.record.summary = fmt::format(
        "Swapped the schemas of {} back; what they replace is kept as …{}",
        site.database(),
        swap.aside(""));
}

void retire_schemas(Options const& options, tool::Context& context) {
    SchemaSite site{options, context};
    note_live(site, context);
    auto& data = *context.record.data;
    std::vector<std::string> doomed;
    for (auto const& set : site.kept()) {
        auto const some = names(set);
        doomed.insert(doomed.end(), some.begin(), some.end());
    }
    data["retired"] = json::Value::array();
    if (!options.dry_run.empty()) {
        data["would_retire"] = doomed;
        context.record.summary =
            doomed.empty() ? "Nothing to drop" : "Would drop " + text::join(doomed, ", ");
        return;
    }
    if (doomed.empty()) {
        context.record.summary = "Nothing to drop";
        context.record.status = record::Status::skipped;
        return;
    }
    context.confirm(fmt::format("Drop the schemas {} for good?", text::join(doomed, ", ")));
    site.lock();
    auto& connection = site.connection();
    pg::Transaction transaction{connection};
    auto const before = catalog::snapshot(connection, doomed);
    std::string list;
    for (auto const& name : doomed) {
        list += (list.empty() ? "" : ", ") + pg::quote_identifier(name);
    }
    transaction.exec("set local client_min_messages = warning");
    transaction.exec("drop schema " + list + " cascade");
    // `cascade` takes with it whatever was made to depend on the old tables meanwhile.
    auto const changes = catalog::difference(before, catalog::snapshot(connection, doomed));
    if (!changes.empty()) {
        std::vector<std::string> lost;
        for (auto const& change : changes) {
            lost.push_back(change.object);
        }
        throw Error{
            ErrorKind::refused,
            "live objects depend on the schemas that were replaced: " +
                text::join_first(lost, "; ", most_named),
            "Nothing has changed. Let them depend on the live schemas, or drop them yourself."};
    }
    transaction.commit();
    data["retired"] = doomed;
    context.record.note("retire.done", "the replaced schemas are dropped", "");
    context.record.summary = "Dropped " + text::join_first(doomed, ", ", most_named);
}

} // namespace slipway::db_restore
