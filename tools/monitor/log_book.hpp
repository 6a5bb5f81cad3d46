// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "observation.hpp"

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace slipway::monitor {

/// Which events a log had before the deployment, by fingerprint.
using KnownEvents = std::map<std::string, std::set<std::string>>; // by log

/// Equal events over the whole series.
struct EventGroup {
    std::string fingerprint;
    std::string class_name;
    std::string text;
    std::int64_t count = 0;
    time::Instant first_at{};
    time::Instant last_at{};
    bool is_new = false; // not among the known ones of this log
};

/// One log over the whole series; in bounded memory.
class LogBook {
public:
    explicit LogBook(time::Milliseconds window) : window_(window) {}

    /// `known` is null where there is no baseline of this log.
    void add(time::Instant at, LogRead const& read, std::set<std::string> const* known);

    /// A run begins: its rates rest on its own samples.
    void begin() { recent_.clear(); }

    /// Events of a class a minute over the window; less than a minute counts as one.
    [[nodiscard]] std::map<std::string, double> rates() const;
    [[nodiscard]] double line_rate() const;

    /// Events over the window whose group is new.
    [[nodiscard]] std::int64_t recent_new() const;

    /// The new ones first, then by number.
    [[nodiscard]] std::vector<EventGroup> groups() const;

    [[nodiscard]] std::int64_t new_groups() const { return new_groups_; }
    [[nodiscard]] std::int64_t groups_left_out() const { return groups_left_out_; }
    [[nodiscard]] LogRead const& totals() const { return totals_; }
    [[nodiscard]] std::vector<std::pair<time::Instant, std::string>> const& notes() const {
        return notes_;
    }

private:
    struct Recent {
        time::Instant at{};
        std::map<std::string, std::int64_t> classes;
        std::int64_t lines = 0;
        std::int64_t fresh = 0;
    };
    [[nodiscard]] double minutes() const;

    time::Milliseconds window_;
    std::deque<Recent> recent_;
    std::map<std::string, EventGroup> groups_;
    std::int64_t new_groups_ = 0;
    std::int64_t groups_left_out_ = 0;                         // events
    LogRead totals_;                                           // without groups
    std::vector<std::pair<time::Instant, std::string>> notes_; // the first 50
};

} // namespace slipway::monitor
