// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "baseline.hpp"
#include "comparison.hpp"
#include "log_book.hpp"
#include "observation.hpp"
#include "profile.hpp"
#include "track.hpp"
#include "window.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::monitor {

/// Derives the metrics from the samples of a series and keeps their states; in bounded memory, the
/// same live and when a series is read again.
class Judge {
public:
    Judge(
        Profile profile,
        std::optional<Baseline> baseline,
        time::Milliseconds window,
        WatchLength length = {});

    /// A run begins: what counters rose by since the last one is not known, and what was bad in
    /// an earlier run and has passed is no longer held against this one.
    void begin(Start const& start);

    /// Takes the next sample; returns the changes of state that it made.
    std::vector<Change> add(Sample const& sample);

    /// The worst state of any metric at the last sample; critical where one has regressed.
    [[nodiscard]] verdict::State state() const;

    [[nodiscard]] std::map<Key, Track> const& tracks() const { return tracks_; }
    [[nodiscard]] Track const* track(Key const& key) const;
    [[nodiscard]] std::map<std::string, Requests> const& requests() const { return requests_; }
    [[nodiscard]] RequestWindow const* window(std::string const& endpoint) const;
    [[nodiscard]] std::map<std::string, Tally> const& tallies() const { return tallies_; }
    [[nodiscard]] std::map<std::string, LogBook> const& logs() const { return logs_; }

    /// The events that the baseline has of that log; null where there is none of it.
    [[nodiscard]] std::set<std::string> const* known_events(std::string const& log) const {
        return baseline_ ? baseline_->events(log) : nullptr;
    }

    [[nodiscard]] std::vector<Change> const& changes() const { return changes_; }
    [[nodiscard]] std::int64_t changes_left_out() const { return changes_left_out_; }
    [[nodiscard]] std::vector<Wait> const& waits() const { return waits_; }
    [[nodiscard]] Sample const& last() const { return last_; }
    [[nodiscard]] std::optional<Start> const& start() const { return start_; }
    [[nodiscard]] time::Instant first_at() const { return first_at_; }
    [[nodiscard]] std::int64_t samples() const { return samples_; }
    /// How often the clock of the machine was set while a watch went on, and how last.
    [[nodiscard]] Tally const& clock_jumps() const { return clock_jumps_; }

    [[nodiscard]] std::int64_t restarts() const { return counters_.restarts(); }
    [[nodiscard]] std::string const& largest_table() const { return largest_table_; }
    [[nodiscard]] std::optional<Baseline> const& baseline() const { return baseline_; }
    [[nodiscard]] std::optional<Comparison> const& comparison() const { return comparison_; }
    [[nodiscard]] Readings const& readings() const { return readings_; }

    /// Whether more samples would change no verdict: something is critical or has regressed, or
    /// all is normal and healthy beside the baseline.
    [[nodiscard]] bool decided() const;

    /// The indexes there are, with their tables.
    [[nodiscard]] std::map<std::string, std::string> const& indexes() const { return indexes_; }

    /// What happened, the first 200.
    [[nodiscard]] std::vector<Event> const& events() const { return events_; }

    /// Which table or statement the last value of a metric is of; empty where that is not known.
    [[nodiscard]] std::string name_of(std::string const& metric) const;

    /// What the last sample brought beside changes of state, in words.
    [[nodiscard]] std::vector<std::string> const& news() const { return news_; }

    [[nodiscard]] Profile const& profile() const { return profile_; }
    [[nodiscard]] time::Milliseconds window_length() const { return length_; }

    /// Whether the role may not see the sessions of others: nothing seen there is then nothing.
    [[nodiscard]] bool blind() const { return blind_; }

    /// Whether no endpoint answered anything in the last two samples that asked.
    [[nodiscard]] bool silent() const { return silent_ >= 2; }

private:
    void take(Key key, double value);
    void take_answers(Sample const& sample);
    void derive_http(std::string const& endpoint);
    void derive_ratio(std::string const& endpoint, double p95);
    void take_postgres(Sample const& sample);
    void take_logs(Sample const& sample);
    void take_figures(Sample const& sample);
    void note_waits(Sample const& sample);
    void count_sources(Sample const& sample);
    void compare(Sample const& sample);
    void note_indexes(Sample const& sample);
    void follow_clock(Sample const& sample);

    Profile profile_;
    std::optional<Baseline> baseline_;
    time::Milliseconds length_;
    WatchLength watch_;
    Readings readings_;
    std::optional<Comparison> comparison_; // from the first run on, where there is a baseline
    std::vector<std::string> news_;
    std::vector<Event> events_;
    std::map<std::string, std::string> indexes_; // index -> table
    std::map<std::string, std::string> names_;
    std::map<Key, Track> tracks_;
    std::map<std::string, RequestWindow> windows_;
    std::map<std::string, Requests> requests_;
    CounterWindow counters_;
    std::map<std::string, LogBook> logs_;
    std::map<std::string, Tally> tallies_;
    std::vector<Change> changes_;
    std::int64_t changes_left_out_ = 0;
    std::vector<Change> fresh_; // of the sample that is being taken
    std::vector<Wait> waits_;   // the longest, at most 20
    std::string largest_table_;
    Tally clock_jumps_;
    Sample last_;
    std::optional<Start> start_;
    time::Instant first_at_{};
    std::int64_t samples_ = 0;
    int silent_ = 0;
    bool blind_ = false;
};

} // namespace slipway::monitor
