// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "fs/file.hpp"
#include "json/value.hpp"
#include "time/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::record {

/// How a run ended; `running` in a file means that it was killed, and is no evidence.
enum class Status : std::uint8_t {
    running,
    passed,
    warned,
    skipped,
    failed,
    error,
    refused,
    in_doubt,
    undecided,
    aborted,
};
enum class CheckStatus : std::uint8_t { passed, warned, failed, skipped, undecided };
enum class Severity : std::uint8_t { info, minor, major, critical };

/// One thing that was looked at, with what was expected and found.
struct Check {
    std::string id;
    std::string title;
    CheckStatus status = CheckStatus::passed;
    Severity severity = Severity::major;
    std::string message;
    std::optional<json::Box> expected;
    std::optional<json::Box> actual;
    std::string hint;
    std::optional<time::Milliseconds> duration;
    Where where;
};

/// A measurement: one value, or samples over time.
struct Metric {
    std::string name;
    std::string unit;
    std::map<std::string, std::string> labels;
    std::optional<double> value;
    std::vector<std::pair<time::Instant, double>> samples;
};

/// A file that the run made. `path` is relative to the record's folder, or absolute with
/// `portable` false; `uri` where it lies elsewhere.
struct Artifact {
    std::string kind;
    std::string path;
    std::string uri;
    std::uint64_t bytes = 0;
    std::string sha256;
    bool portable = true;
};

/// An earlier record or file that the run relied on.
struct Input {
    std::string tool;
    std::string path;
    std::string sha256;
    std::string status;
};

/// Which run of which pipeline.
struct Run {
    std::string id;
    std::int64_t attempt = 1;
    std::string job;
    std::string name;
    std::string environment;
    std::string commit;
    std::string ci;
    std::string url;
    std::string actor;
};

/// The database that the run was about; the system identifier is empty where the role may not
/// read it.
struct Target {
    std::string system_identifier;
    std::string database;
    std::int64_t oid = 0;
};

/// What every run of every tool leaves behind (docs/schema/record-1.json).
struct Record {
    std::string tool;
    std::string version;
    Run run;
    std::string command;
    Status status = Status::running;
    std::optional<int> exit_code;
    bool dry_run = false;
    std::optional<Target> target;
    std::string summary;
    time::Instant started_at{};
    std::optional<time::Instant> finished_at;
    time::Milliseconds duration{0};
    std::vector<Check> checks;
    std::vector<Metric> metrics;
    std::vector<Artifact> artifacts;
    std::vector<Input> inputs;
    std::optional<Error> error;
    json::Box data;

    Check& add(Check check);
    /// Adds a check that passed where `failure` is empty, and failed with that message elsewhere.
    Check& note(
        std::string id,
        std::string title,
        std::string failure,
        Severity severity = Severity::critical);

    void add_metric(std::string name, std::string unit, double value);
};

std::string_view name(Status status);
std::string_view name(CheckStatus status);
std::string_view name(Severity severity);
std::optional<Status> status_from(std::string_view name);
std::optional<CheckStatus> check_status_from(std::string_view name);
std::optional<Severity> severity_from(std::string_view name);

/// What a policy makes of checks that could not be decided.
enum class OnUndecided : std::uint8_t { pass, fail };

/// The status that follows from the checks: failed where a major or critical one failed, warned
/// where a lesser one failed or any warned, undecided by policy, skipped where all were skipped.
Status judge(std::vector<Check> const& checks, OnUndecided policy);

/// The exit code of a status; an error's own code for those with an error.
int exit_code(Status status, std::optional<Error> const& error);

/// The status of a run that ended with this error.
Status status_of(ErrorKind kind);

} // namespace slipway::record
