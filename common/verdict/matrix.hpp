// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::verdict {

/// What is advised, from the mildest to the hardest; `app` and `db` stand beside each other, and
/// both together are `full`.
enum class Action : std::uint8_t { none, watch, plan_fix, consider_app, app, db, full };

/// `none`, `watch`, `plan-fix`, `consider-app`, `app`, `db` or `full`.
std::string_view name(Action action);
std::optional<Action> action_from(std::string_view name);

/// What both together advise.
Action combine(Action a, Action b);

/// What can be known about a deployment.
enum class Signal : std::uint8_t {
    error_rate,        // percent of the requests over the window that was watched
    latency_ratio,     // p95 now / p95 of the baseline
    outage,            // 1: nothing answers
    data_corruption,   // 1: data is wrong or lost
    failed_migrations, // migrations that failed and left their mark
    failed_data_checks,
    failed_health_checks,
    failed_smoke_checks,
    failed_tests,     // runs of the project's own tests
    failed_commands,  // commands of the deployment itself
    critical_metrics, // metrics beyond their critical limit
    warning_metrics,
    invalid_indexes,   // left behind by an index build that failed
    blocked_sessions,  // that wait for a lock too long
    regressed_metrics, // worse than the baseline, beyond chance
    vanished_indexes,  // that were there before
};

/// `error_rate`, `latency_ratio`, …; its unit is `%`, `x`, or empty for counts and flags.
std::string_view name(Signal signal);
std::string_view unit(Signal signal);
std::optional<Signal> signal_from(std::string_view name);

/// One thing that is known. `samples` is what the value rests on (requests, samples); nothing
/// where a person says it, which is taken as enough.
struct Fact {
    Signal signal = Signal::error_rate;
    double value = 0;
    std::optional<std::int64_t> samples;
    std::string source; // where it is known from, in words: `monitor.json: /health, 2 h`

    /// `error rate 7.2 % of 250`.
    [[nodiscard]] std::string words() const;
};
using Evidence = std::vector<Fact>;

/// `below`, `at_most`, `above` or `at_least`.
enum class Comparison : std::uint8_t { below, at_most, above, at_least };

std::string_view name(Comparison comparison);
std::optional<Comparison> comparison_from(std::string_view name);

struct Condition {
    Signal signal = Signal::error_rate;
    Comparison comparison = Comparison::above;
    double bound = 0;
    std::int64_t least_samples = 0; // a value that rests on fewer holds the row back
};

/// A row: where all its conditions are met, those on one signal by one fact, its action is advised.
struct Row {
    std::string id;
    std::vector<Condition> when;
    Action action = Action::none;
    std::string reason; // why, in words
};
using Matrix = std::vector<Row>;

/// The table of docs/tools/monitor.md, "The decision matrix".
Matrix const& standard_matrix();

/// A row whose conditions were met. Where the evidence is too thin (`enough` false), it advises no
/// more than `watch`.
struct Fired {
    std::string row;
    Action action = Action::none; // the row's own
    std::string reason;
    bool enough = true;
    Evidence evidence; // one fact a signal
};

/// The advice with all that led to it, hardest row first.
struct Recommendation {
    Action action = Action::none;
    bool decided = false; // false: there was no evidence, so `none` says nothing
    std::string reason;
    std::vector<Fired> rows;
    Evidence evidence; // all of it, also what fired no row
};

/// Puts the evidence through the matrix; a signal known several times fires a row where any of its
/// values does. Values must be finite.
Recommendation decide(Evidence const& evidence, Matrix const& matrix = standard_matrix());

/// The recommendation as `data.recommendation` of a record.
json::Value to_json(Recommendation const& recommendation);

/// The facts of a recommendation that to_json() wrote; throws usage where it is malformed. Signals
/// that this version does not know are left out.
Evidence evidence_from(json::Value const& recommendation);

} // namespace slipway::verdict
