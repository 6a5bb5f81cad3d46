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

/// Makes the tables slipway.links_run, links_part and links_row where they are missing; throws refused
/// with what to grant where the role may not.
void ensure_journal(pg::Connection& connection);

/// A range of the source's keys that one worker goes through, and how far it is.
struct Part {
    int number = 0;
    std::optional<std::string> after; // none: from the first key
    std::optional<std::string> to;    // none: to the last key
    std::optional<std::string> last_key;
    bool done = false;
    Tally tally;

    /// Where it goes on.
    [[nodiscard]] std::optional<std::string> const& place() const {
        return last_key ? last_key : after;
    }
};

/// One run over the whole source, of one or more starts of the tool.
struct Run {
    std::int64_t id = 0;
    std::string checksum;   // of the mapping
    std::string state;      // running, finished, rolling_back, rolled_back
    std::string started_at; // as the server prints it
    std::string finished_at;
    std::string runner;
    std::vector<Part> parts;

    /// Of all parts.
    [[nodiscard]] Tally tally() const;
};

/// The runs of a mapping, newest first.
std::vector<Run> runs_of(pg::Connection& connection, std::string const& mapping);

/// Begins a run of these parts, in a transaction of its own.
Run begin_run(
    pg::Connection& connection,
    std::string const& mapping,
    std::string const& checksum,
    std::string const& runner,
    std::vector<Part> parts);

/// Reads a part of a running run and keeps others from it, and from ending the run, until the
/// caller's transaction ends; throws refused where the run is no longer running.
Part lock_part(pg::Connection& connection, std::int64_t run, int number);

/// Notes how far a part is; committed by the caller together with the rows.
void note_part(pg::Connection& connection, std::int64_t run, Part const& part);

/// Marks the run as finished.
void finish_run(pg::Connection& connection, std::int64_t id);

/// Puts all runs of the mapping that are not rolled back into that state.
void mark_runs(pg::Connection& connection, std::string const& mapping, std::string const& state);

} // namespace slipway::links_migrate
