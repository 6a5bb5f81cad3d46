// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "deployment/chain.hpp"
#include "deployment/facts.hpp"
#include "deployment/gather.hpp"
#include "deployment/notes.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::deployment {

/// One run of one tool, as the report shows it.
struct Step {
    record::Found const* found = nullptr;
    record::Status status = record::Status::running; // of the report: a killed run is aborted
    bool killed = false;                             // its record says that it still runs
    std::size_t depth = 0;                           // 1 where another step started it
    std::string title;                               // `migrate-apply plan (dry run)`
    std::vector<Link> links;
    std::vector<Migration> migrations;
    std::optional<Backup> backup;
};

/// A check that is not green, or what ended a step: these are read first.
struct Trouble {
    std::size_t step = 0;
    record::CheckStatus status = record::CheckStatus::failed;
    record::Severity severity = record::Severity::critical;
    std::string id; // of the check; empty for the error of a step
    std::string title;
    std::string message;
    std::string expected;
    std::string actual;
    std::string hint;
    std::string sqlstate;
    Where where;
};

/// What a person should do, and the command for it where one is known.
struct Advice {
    std::string text;
    std::string command;
    std::string source; // the step that says so; empty where the report itself does
};

/// A migration and the last step that did something with it.
struct Change {
    Migration migration;
    std::size_t step = 0;
};

/// How many checks have each status.
struct Counts {
    std::size_t passed = 0;
    std::size_t warned = 0;
    std::size_t failed = 0;
    std::size_t skipped = 0;
    std::size_t undecided = 0;

    [[nodiscard]] std::size_t total() const {
        return passed + warned + failed + skipped + undecided;
    }
};

/// The deployment in one word and one sentence.
struct Verdict {
    record::Status status = record::Status::passed;
    bool rolled_back = false;
    std::string word;     // `Failed, rolled back`
    std::string sentence; // why
};

/// A line of the environment: `Commit`, and its values over all steps.
struct Fact {
    std::string name;
    std::vector<std::string> values;
};

/// All that the records of one deployment say together; it owns what its pointers point to, so it does not move.
struct Report {
    Report() = default;
    Report(Report const&) = delete;
    Report& operator=(Report const&) = delete;
    Report(Report&&) = delete;
    Report& operator=(Report&&) = delete;
    ~Report() = default;

    Material material;
    std::string title;
    std::string version;
    time::Instant made_at{};
    time::Instant begin{};
    time::Instant end{};
    Verdict verdict;
    std::vector<Step> steps; // by time, those that a step started right behind it
    std::vector<Trouble> troubles;
    std::vector<Advice> recommendations; // what records say, most severe first
    std::vector<Advice> next;            // what to do now
    std::vector<Change> changes;         // of this deployment, or not as they should be
    std::size_t applied_earlier = 0;     // migrations that were there before
    std::vector<std::string> assurances; // which backup preceded which migration
    std::vector<Fact> facts;
    std::vector<Note> notes;          // what people added
    std::vector<std::string> notices; // what a reader must know of the report itself
    Counts counts;
};

/// What the caller adds to the records.
struct Frame {
    std::string title;
    std::string version;
    time::Instant now{};
    fs::Path own_record; // never part of the report
    /// Tools whose records tell of telling, not of the deployment.
    std::vector<std::string> leave_out{"report-render"};
    /// Whether the files behind inputs and artifacts are looked for and hashed: they may be large.
    bool evidence = true;
};

/// Fills an empty report from the material; throws usage where there is nothing to report.
void build(Report& report, Material material, Frame const& frame);

/// How bad a status is for the whole: a higher one decides.
int rank(record::Status status);

/// The status as a reader sees it: `In doubt`.
std::string_view word(record::Status status);
std::string_view word(record::CheckStatus status);

/// The status as a verb: `refused to go on`.
std::string_view phrase(record::Status status);

/// Counts checks by their status.
Counts count(std::vector<record::Check> const& checks);

/// `passed`, `warned`, `failed` or `unknown`: the four colours that a report has.
std::string_view tone(record::Status status);
std::string_view tone(record::CheckStatus status);

} // namespace slipway::deployment
