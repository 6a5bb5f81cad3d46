// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migrate_apply {

/// A new row's key: a UUID, as Prisma's table wants it.
std::string new_key();

/// A new row's key, and who writes the row.
migration::Attempt
new_attempt(Session const& session, migration::Span span = migration::Span::one_transaction);

/// Logs what `\echo` prints.
void say(Session& session, std::span<std::string const> lines);

/// Marks the row of an earlier attempt, of which nothing remains, as rolled back: Prisma refuses
/// to go on while there is one.
void supersede_earlier(Session& session, migration::Item const& item, pg::Send const& send);

/// What a run did about a migration, for slipway.execution_log.
struct Outcome {
    std::string key;
    std::string word; // as ledger::Execution has it
    std::string error = {};
};

/// Adds the row of slipway.execution_log, where there is one to be kept; without `took` the work is
/// the transaction's that is open.
void log_execution(
    Session const& session,
    migration::Item const& item,
    Outcome const& outcome,
    pg::Send const& send,
    std::optional<time::Milliseconds> took);

/// The ids of the migrations that are applied now, by the history. Where the connection is lost, on another one and
/// after the end of the old session.
std::set<std::string> ask_applied(Session& session);

/// Throws in_doubt: it could not be looked up whether these were committed.
[[noreturn]] void throw_unknown(Session const& session, std::string_view which, Error const& doubt);

/// Notes `applied` or the other word as what this run did about the migration, and throws `doubt`
/// with what is known now.
[[noreturn]] void throw_known(
    Session& session,
    migration::Item const& item,
    Error const& doubt,
    bool applied,
    std::string_view otherwise);

/// The answer to the commit of a migration was not seen: looks whether its row is there, and
/// throws as the two above.
[[noreturn]] void settle_doubt(
    Session& session,
    migration::Item const& item,
    Error const& doubt,
    std::string_view otherwise);

/// The error with the script's file as its place, where it has none.
Error placed_in(migration::Script const& script, Error const& error);

/// Leaves in the history what other programs take for a failed migration, and this one for a
/// failed one of which nothing remains; and a row of the log. Throws nothing.
void note_rolled_back(
    Session& session,
    migration::Item const& item,
    Error const& error,
    time::Milliseconds took);

/// Does the work, and again where a lock was not to be had in time or a deadlock struck, as
/// --lock-retries says; the error that is left names who held the lock.
void with_lock_retries(Session& session, std::string_view what, std::function<void()> const& work);

} // namespace slipway::migrate_apply
