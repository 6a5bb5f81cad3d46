// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "time/clock.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::monitor {

/// How one request ended.
struct Answer {
    std::string endpoint;
    int status = 0; // 0: there was no answer
    double ms = 0;
    bool expected = false;                 // the status is one that the endpoint should have
    std::optional<std::int64_t> remaining; // of the RateLimit header fields
    std::string fault;                     // why there was no answer
};

/// A session that waits for a lock, and who holds it up. No query text: it may hold data.
struct Wait {
    struct Holder {
        std::int32_t pid = 0; // 0: a prepared transaction
        std::string application;
        std::string state;
    };
    std::int32_t pid = 0;
    std::string application;
    std::int64_t waited_ms = 0;
    std::string lock_mode;
    std::string relation;
    std::vector<Holder> by;
};

/// An index and its table; the table alone where it has none.
struct IndexOf {
    std::string index;
    std::string table;
};

/// Equal events of a log.
struct LogGroup {
    std::string fingerprint;
    std::string class_name;
    std::string text; // the first of them, short, secrets hidden
    std::int64_t count = 0;
};

/// What one log said since the sample before.
struct LogRead {
    std::string source; // its name
    std::int64_t lines = 0;
    std::uint64_t bytes = 0;
    std::uint64_t lost_bytes = 0;
    std::uint64_t behind_bytes = 0;
    std::map<std::string, std::int64_t> classes; // events by class, those without any too
    std::vector<LogGroup> groups;                // at most 50
    std::int64_t ungrouped = 0;                  // events of further groups
    bool may_be_silent = false;                  // no line is no doubt
    std::string note;                            // rotated, truncated, …
    std::string position;                        // where a later run goes on
};

/// What one look at all sources saw: raw, so that everything else can be derived from it again.
struct Sample {
    time::Instant at{};
    std::map<std::string, double> values; // gauges, and counters named `…_total`
    std::vector<Answer> answers;
    std::vector<Wait> waits;
    std::vector<LogRead> logs;
    std::string largest_table;
    std::map<std::string, std::string> names;    // metric -> which table or statement it is of
    std::optional<std::vector<IndexOf>> indexes; // at first, and where they have changed
    std::map<std::string, std::string> gaps;     // source -> why it has nothing to say
};

/// An endpoint that is watched.
struct Endpoint {
    std::string name;
    std::string url;
    std::string shown; // without credentials and values of the query
};

/// The beginning of a run in a series.
struct Start {
    time::Instant at{};
    std::string run;
    std::string name;
    std::string environment;
    std::string database; // without password; empty where none is watched
    std::vector<Endpoint> endpoints;
    time::Milliseconds every{0};
    std::vector<std::string> sources{}; // beside these: `log.app`, `sql.logins`, …
};

} // namespace slipway::monitor
