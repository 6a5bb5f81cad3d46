// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "log_book.hpp"
#include "metrics.hpp"
#include "record/read.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace slipway::monitor {

/// What was usual before the deployment: the distribution of each metric of an earlier run.
class Baseline {
public:
    struct Usual {
        std::int64_t count = 0;
        double p50 = 0;
        double p95 = 0;
    };

    /// Takes it from a record of this tool; throws usage where that has none.
    static Baseline of(record::Found const& found);

    void set(Key key, Usual usual) { usual_[std::move(key)] = usual; }

    /// The events of a log, by fingerprint; null where it knows nothing of that log.
    [[nodiscard]] std::set<std::string> const* events(std::string const& log) const;

    void add_event(std::string const& log, std::string fingerprint);

    /// It saw that log, with or without events.
    void add_log(std::string const& log) { events_.try_emplace(log); }

    /// What it knows of a metric; null where nothing.
    [[nodiscard]] Usual const* find(Key const& key) const;

    /// One value a sample, in the order of time, of what can be compared sample by sample.
    [[nodiscard]] std::map<Key, std::vector<double>> const& readings() const { return readings_; }
    void set_readings(Key key, std::vector<double> values) {
        readings_[std::move(key)] = std::move(values);
    }

    /// The indexes that there were, with their tables.
    [[nodiscard]] std::map<std::string, std::string> const& indexes() const { return indexes_; }
    void set_index(std::string index, std::string table) {
        indexes_[std::move(index)] = std::move(table);
    }

    /// When it ended: what is not later is not of after the deployment.
    [[nodiscard]] time::Instant until() const { return until_; }

private:
    time::Instant until_{};
    std::map<std::string, std::string> indexes_;
    std::map<Key, std::vector<double>> readings_;
    std::map<Key, Usual> usual_;
    KnownEvents events_;
};

} // namespace slipway::monitor
