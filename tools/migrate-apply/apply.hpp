// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "session.hpp"
#include "trip.hpp"

namespace slipway::migrate_apply {

/// A selected migration with its script, read and split before anything is touched.
struct Prepared {
    migration::Item const* item = nullptr;
    migration::Script script;
};

/// Reads the scripts of the selected migrations; throws usage with file and line.
std::vector<Prepared> prepare(std::vector<migration::Item const*> const& selected);

/// The record's check of one migration: passed, unless the caller says otherwise.
record::Check check_of(Prepared const& prepared, std::string const& what);

class Batch;

/// Applies one migration and its history row, by the batch where there is one, of which it is the next. Throws on
/// failure, with the place of the statement and what is in the database now; the history says the
/// same.
void apply_one(Session& session, Prepared const& prepared, Batch* batch = nullptr);

/// Queues a migration by `step`, and with `own` its rows of history and log.
void queue(
    Session& session,
    Prepared const& prepared,
    migration::Attempt const& attempt,
    std::function<void(migration::Step const&)> const& step,
    pg::Send const& own);

/// As above, on a trip.
void queue(
    Session& session,
    Prepared const& prepared,
    migration::Attempt const& attempt,
    Trip& trip);

/// Whether nothing in the script changes a role or a setting of the session.
bool leaves_session_alone(migration::Script const& script);

/// Runs all prepared migrations in one transaction on the target and rolls it back; each that was
/// reached gets its check.
void try_and_roll_back(Session& session, std::vector<Prepared> const& prepared);

} // namespace slipway::migrate_apply
