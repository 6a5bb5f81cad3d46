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

/// Applies one migration and its history row. Throws on failure, with the place of the statement
/// and what is in the database now; the history says the same.
void apply_one(Session& session, Prepared const& prepared);

/// Queues a migration with its rows of history and log.
void queue(
    Session& session,
    Prepared const& prepared,
    migration::Attempt const& attempt,
    Trip& trip);

/// Runs all prepared migrations in one transaction on the target and rolls it back; each that was
/// reached gets its check.
void try_and_roll_back(Session& session, std::vector<Prepared> const& prepared);

} // namespace slipway::migrate_apply
