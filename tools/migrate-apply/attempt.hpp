// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migrate_apply {

/// A new row's key, a UUID as Prisma's table wants it, and who writes the row.
migration::Attempt
new_attempt(Session const& session, migration::Span span = migration::Span::one_transaction);

/// Logs what `\echo` prints.
void say(Session& session, std::vector<std::string> const& lines);

/// Marks the row of an earlier attempt, of which nothing remains, as rolled back: Prisma refuses
/// to go on while there is one.
void supersede_earlier(Session& session, migration::Item const& item);

/// The connection was lost while the server committed the migration's row: looks whether it is
/// there, notes `applied` or the other word as what this run did, and throws what is known now;
/// `doubt` where nothing can be known.
[[noreturn]] void settle_doubt(
    Session& session,
    migration::Item const& item,
    Error const& doubt,
    std::string_view otherwise);

/// Does the work, and again where a lock was not to be had in time or a deadlock struck, as
/// --lock-retries says; the error that is left names who held the lock.
void with_lock_retries(
    Session& session,
    migration::Item const& item,
    std::function<void()> const& work);

} // namespace slipway::migrate_apply
