// SPDX-License-Identifier: Apache-2.0
#include "observer.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::migrate_apply {

namespace {

constexpr int row_exclusive = 3; // of a writer, in strength

// Catalogs of the whole server. Whoever changes roles, settings or comments there keeps its lock on
// them until the end of the transaction.
constexpr std::array<std::string_view, 8> of_the_server{
    "pg_authid",
    "pg_auth_members",
    "pg_database",
    "pg_db_role_setting",
    "pg_tablespace",
    "pg_shdescription",
    "pg_shseclabel",
    "pg_subscription"};

bool is_table(catalog::Relation const& relation) {
    return relation.kind == 'r' || relation.kind == 'm';
}

int strength_before(std::vector<catalog::OwnLock> const& locks, std::int64_t relation) {
    auto const at = std::find_if(locks.begin(), locks.end(), [&](catalog::OwnLock const& lock) {
        return lock.relation == relation;
    });
    return at == locks.end() ? 0 : at->strength;
}

} // namespace

Observer::Observer(Session& scratch, bool shared)
    : session_(scratch), shared_(shared), first_(catalog::relations(scratch.connection)) {}

Observed const* Observer::seen(migration::Step const& step) const {
    auto const found = seen_.find(&step);
    return found == seen_.end() ? nullptr : &found->second;
}

catalog::Relation const& Observer::relation(std::int64_t oid) const {
    return known_.at(oid);
}

std::string Observer::on_target(std::int64_t oid) const {
    auto const found = first_.find(known_.at(oid).root);
    return found == first_.end() ? "" : found->second.full_name();
}

void Observer::begin(migration::Script const& script) {
    script_ = &script;
    for (auto const& step : script.steps) {
        seen_.erase(&step);
    }
    before_ = catalog::relations(session_.connection);
    constraints_ = catalog::table_constraints(session_.connection);
    for (auto const& each : before_) {
        known_.insert_or_assign(each.first, each.second);
    }
}

// Inside of a transaction only what it has locked can have changed.
Observer::Look Observer::look(bool all) {
    auto& connection = session_.connection;
    return {
        catalog::relations(connection, !all),
        catalog::own_locks(connection),
        catalog::table_constraints(connection, !all)};
}

void Observer::refuse_beyond(
    std::vector<catalog::OwnLock> const& locks,
    migration::Script const& script,
    migration::Step const& step) {
    auto const at = std::find_if(locks.begin(), locks.end(), [](catalog::OwnLock const& lock) {
        return lock.strength >= row_exclusive &&
               std::find(of_the_server.begin(), of_the_server.end(), lock.shared) !=
                   of_the_server.end();
    });
    if (at == locks.end() && !catalog::wrote_to_databases(session_.connection)) {
        return;
    }
    Where const where = script.place(step);
    throw Error{
        ErrorKind::refused,
        fmt::format(
            "{}: {} changes {}, which belongs to the whole server and not to the shadow database",
            where.text(),
            step.nature.command,
            at == locks.end() ? "pg_database" : at->shared),
        "It was rolled back. Use --shadow embedded, a private server of its own."}
        .with_where(where);
}

void Observer::around(
    migration::Script const& script,
    migration::Step const& step,
    std::function<void()> const& run) {
    bool const alone =
        session_.connection.transaction_status() != pg::TransactionStatus::in_transaction;
    bool const first = &step == &script.steps.front();
    if (script_ != &script || first) {
        begin(script); // or again, where a lock was not to be had
    }
    // Scans are counted from the last time that the session was idle.
    auto const before = look(first || alone || !script.transactional);
    auto const started = session_.context.clock.steady();
    run();
    Observed out;
    out.duration =
        std::chrono::duration_cast<time::Milliseconds>(session_.context.clock.steady() - started);
    auto const after = look(alone);
    if (shared_ && !alone) {
        refuse_beyond(after.locks, script, step);
    }
    out.truncates = step.nature.command.starts_with("TRUNCATE");
    compare(before, after, out);
    seen_[&step] = std::move(out);
}

void Observer::compare(Look const& before, Look const& after, Observed& out) const {
    for (auto const& lock : after.locks) {
        auto const known = before_.find(lock.relation);
        if (known != before_.end() &&
            lock.strength > strength_before(before.locks, lock.relation)) {
            out.locks.push_back(
                {lock.relation, known->second.full_name(), lock.mode, lock.strength});
        }
    }
    compare_tables(before, after, out);
    compare_indexes(before, after, out);
    for (auto const& constraint : after.constraints) {
        auto const& earlier =
            before.relations.contains(constraint.table) ? before.constraints : constraints_;
        bool const there = std::any_of(earlier.begin(), earlier.end(), [&](auto const& one) {
            return one.table == constraint.table && one.name == constraint.name;
        });
        bool const read_for_it =
            out.scans.contains(constraint.table) && !out.rewrites.contains(constraint.table);
        if (!there && read_for_it && constraint.validated) {
            out.validated.push_back(constraint);
        }
    }
}

void Observer::compare_tables(Look const& before, Look const& after, Observed& out) const {
    for (auto const& [oid, now] : after.relations) {
        auto const known = before_.find(oid);
        if (known == before_.end() || !is_table(now)) {
            continue;
        }
        auto const was = before.relations.find(oid);
        // What had no lock before this statement is as it was before the migration.
        auto const& earlier = was == before.relations.end() ? known->second : was->second;
        if (now.file != earlier.file && !out.truncates) {
            out.rewrites.insert(oid);
        }
        if (now.scans > (was == before.relations.end() ? 0 : was->second.scans)) {
            out.scans.insert(oid);
        }
    }
}

void Observer::compare_indexes(Look const& before, Look const& after, Observed& out) const {
    std::map<std::string, std::int64_t> files; // before the statement, by name
    auto const note = [&](catalog::Relations const& relations) {
        for (auto const& each : relations) {
            if (each.second.is_index()) {
                files[each.second.full_name()] = each.second.file;
            }
        }
    };
    note(before_);
    note(before.relations);
    for (auto const& each : after.relations) {
        auto const& now = each.second;
        if (!now.is_index() || !before_.contains(now.table)) {
            continue;
        }
        auto const was = files.find(now.full_name());
        bool const is_new = was == files.end() && !before_.contains(each.first) &&
                            !before.relations.contains(each.first);
        if (is_new) {
            out.new_indexes[now.full_name()] = now.table;
        } else if (
            was != files.end() && was->second != now.file && !out.rewrites.contains(now.table) &&
            !out.truncates) {
            out.rebuilt_indexes.insert(now.full_name());
        }
        auto const invalid_in = [&](catalog::Relations const& relations) {
            auto const at = relations.find(each.first);
            return at != relations.end() && !at->second.valid;
        };
        bool const was_invalid = invalid_in(before_) || invalid_in(before.relations);
        if (!now.valid && !was_invalid) {
            out.invalid_indexes.insert(now.full_name());
        }
    }
}

} // namespace slipway::migrate_apply
