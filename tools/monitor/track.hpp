// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "points.hpp"
#include "profile.hpp"
#include "stats/sketch.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace slipway::monitor {

/// One metric of one endpoint or of the database, over the whole series.
struct Track {
    Profile::Entry entry;
    std::optional<verdict::Hysteresis> hysteresis; // where it is judged
    stats::Sketch sketch;
    Points points;
    double last = 0;
    std::deque<double> recent;                     // the last 60
    verdict::State worst = verdict::State::normal; // since the last run began
};

/// A metric passed from one state to another.
struct Change {
    time::Instant at{};
    Key key;
    verdict::State from = verdict::State::normal;
    verdict::State to = verdict::State::normal;
    double value = 0;
};

/// Something that happened to an object of the database, and when it was seen.
struct Event {
    time::Instant at{};
    std::string kind; // `index-vanished`
    std::string object;
    std::string on; // its table
};

/// How a source did.
struct Tally {
    std::int64_t samples = 0;
    std::int64_t gaps = 0;
    std::string last_gap;
};

/// The requests to an endpoint over the whole series.
struct Requests {
    std::int64_t made = 0; // those answered 429 too
    std::int64_t limited = 0;
    std::int64_t errors = 0;
    std::map<std::string, std::int64_t> classes; // `2xx`, …, `none`
    std::string last_fault;
    std::int64_t errors_of_run = 0;  // since the last run began
    std::int64_t counted_of_run = 0; // without those answered 429
};

/// What the comparison with a baseline has to know beforehand.
struct WatchLength {
    time::Milliseconds whole{std::chrono::hours{2}};
    std::optional<time::Milliseconds> warm_up; // nothing: a tenth, at most two minutes
};

} // namespace slipway::monitor
