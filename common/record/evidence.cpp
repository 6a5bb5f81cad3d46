// SPDX-License-Identifier: Apache-2.0
#include "error/error.hpp"
#include "record/read.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::record {

namespace {

bool same_target(std::optional<Target> const& wanted, std::optional<Target> const& found) {
    if (!wanted) {
        return true;
    }
    if (!found || found->database != wanted->database) {
        return false;
    }
    // A role that may not read the identifier leaves it empty; then the name must do.
    return found->system_identifier.empty() || wanted->system_identifier.empty() ||
           found->system_identifier == wanted->system_identifier;
}

} // namespace

std::string objection(Found const& found, Demand const& demand, time::Instant now) {
    auto const& record = found.record;
    auto const differs = [](std::string const& wanted, std::string const& have) {
        return !wanted.empty() && wanted != have;
    };
    if (record.status == Status::running) {
        return "it was killed before it ended (status running)";
    }
    if (record.status != Status::passed &&
        !(demand.allow_warned && record.status == Status::warned)) {
        return fmt::format("its status is {}", name(record.status));
    }
    if (differs(demand.command, record.command)) {
        return fmt::format("it is of {}, not of {}", record.command, demand.command);
    }
    if (record.dry_run && !demand.allow_dry_run) {
        return "it is of a dry-run";
    }
    if (differs(demand.environment, record.run.environment)) {
        return fmt::format(
            "it is of the environment {}, not {}",
            record.run.environment.empty() ? "(none)" : record.run.environment,
            demand.environment);
    }
    if (!same_target(demand.target, record.target)) {
        return fmt::format(
            "it is of the database {}, not of this {}",
            record.target ? record.target->database : "(none)",
            demand.target->database);
    }
    if (differs(demand.commit, record.run.commit)) {
        return fmt::format("it is of commit {}, not {}", record.run.commit, demand.commit);
    }
    if (differs(demand.run_id, record.run.id)) {
        return fmt::format("it is of run {}, not {}", record.run.id, demand.run_id);
    }
    auto const ended = record.finished_at.value_or(record.started_at);
    if (demand.younger_than && now - ended > *demand.younger_than) {
        return fmt::format(
            "it is {} old, more than {}",
            time::human_duration(now - ended),
            time::human_duration(*demand.younger_than));
    }
    return {};
}

Found const&
require_evidence(std::vector<Found> const& all, Demand const& demand, time::Instant now) {
    std::vector<std::string> objections;
    for (auto found = all.rbegin(); found != all.rend(); ++found) {
        if (found->record.tool != demand.tool) {
            continue;
        }
        std::string const cause = objection(*found, demand, now);
        if (cause.empty()) {
            return *found;
        }
        objections.push_back(fmt::format("{}: {}", found->path.string(), cause));
    }
    if (objections.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("no record of {} among the inputs", demand.tool),
            fmt::format("Run {} first and give its record with --input.", demand.tool)};
    }
    throw Error{
        ErrorKind::refused,
        fmt::format("no usable record of {}: {}", demand.tool, text::join(objections, "; ")),
        fmt::format("Run {} again for this environment, database and commit.", demand.tool)};
}

} // namespace slipway::record
