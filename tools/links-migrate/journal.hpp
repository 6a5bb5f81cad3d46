// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connection.hpp"
#include "tally.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::links_migrate {

/// Whether this session can read the tables in which the runs and their rows are noted.
enum class Journal : std::uint8_t { absent, forbidden, readable };

Journal journal_of(pg::Connection& connection);

/// Makes the tables slipway.links_run and slipway.links_row where they are missing; throws refused
/// with what to grant where the role may not.
void ensure_journal(pg::Connection& connection);

/// One run over the whole source, of one or more starts of the tool.
struct Run {
    std::int64_t id = 0;
    std::string checksum; // of the mapping
    std::string state;    // running, finished, rolling_back, rolled_back
    std::optional<std::string> last_key;
    Tally tally;
    std::string started_at; // as the server prints it
    std::string finished_at;
    std::string runner;
};

/// The runs of a mapping, newest first.
std::vector<Run> runs_of(pg::Connection& connection, std::string const& mapping);

/// Begins a run, in a transaction of its own.
Run begin_run(
    pg::Connection& connection,
    std::string const& mapping,
    std::string const& checksum,
    std::string const& runner);

/// Notes how far the run is; committed by the caller together with the rows.
void note_progress(pg::Connection& connection, Run const& run);

/// Marks the run as finished.
void finish_run(pg::Connection& connection, std::int64_t id);

/// Puts all runs of the mapping that are not rolled back into that state.
void mark_runs(pg::Connection& connection, std::string const& mapping, std::string const& state);

} // namespace slipway::links_migrate
