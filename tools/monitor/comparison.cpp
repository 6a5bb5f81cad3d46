// SPDX-License-Identifier: Apache-2.0
#include "comparison.hpp"

#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

constexpr double one_in_twenty = 20;
constexpr double pending = 3; // odds that let nothing be called healthy

// 14:03 of 2026-01-31T14:03:00.000Z: reports are read the same day, and name the date elsewhere.
std::string clock_time(time::Instant at) {
    return time::to_rfc3339(at).substr(11, 5) + " UTC";
}

} // namespace

std::string_view name(Verdict verdict) {
    switch (verdict) {
    case Verdict::undecided:
        return "undecided";
    case Verdict::healthy:
        return "healthy";
    case Verdict::regressed:
        return "regressed";
    }
    return "";
}

Comparison::Comparison(Baseline const& baseline, Plan const& plan)
    : plan_(plan), after_(baseline.until()) {
    for (auto const& [key, values] : baseline.readings()) {
        auto const* const gate = find_gate(key.metric);
        if (gate != nullptr && values.size() >= stats::least_usual) {
            auto const usual = stats::usual_of(values, gate->margin);
            lines_.try_emplace(
                key,
                Line{
                    gate,
                    stats::ExceedanceProcess{usual, plan.samples, gate->bearable},
                    Verdict::undecided,
                    {}});
        }
    }
}

double Comparison::limit() const {
    return one_in_twenty * static_cast<double>(std::max<std::size_t>(1, lines_.size()));
}

void Comparison::decide(Line& line, bool late_enough) const {
    auto const& process = line.process;
    if (process.highest_odds() >= limit()) {
        line.verdict = Verdict::regressed;
    } else if (
        late_enough && process.odds() < pending && process.odds_of_health() >= one_in_twenty) {
        line.verdict = Verdict::healthy;
    } else {
        line.verdict = Verdict::undecided;
    }
}

std::vector<Key> Comparison::add(time::Instant at, std::map<Key, double> const& readings) {
    std::vector<Key> out;
    if (at <= after_) {
        return out;
    }
    if (!first_) {
        first_ = at;
    }
    if (at < *first_ + plan_.warm_up) {
        ++warmed_up_;
        return out;
    }
    bool const late_enough = at - *first_ >= plan_.least_time;
    for (auto& [key, line] : lines_) {
        auto const found = readings.find(key);
        if (found == readings.end()) {
            continue;
        }
        if (line.process.may_begin()) {
            line.onsets.emplace(line.process.values(), at);
        }
        line.process.add(found->second);
        auto const before = line.verdict;
        decide(line, late_enough);
        if (line.verdict != before) {
            out.push_back(key);
        }
    }
    return out;
}

Verdict Comparison::verdict() const {
    bool healthy = !lines_.empty();
    for (auto const& [key, line] : lines_) {
        if (line.verdict == Verdict::regressed) {
            return Verdict::regressed;
        }
        bool const says_nothing = !line.gate->required && line.process.odds() < pending;
        healthy = healthy && (line.verdict == Verdict::healthy || says_nothing);
    }
    return healthy ? Verdict::healthy : Verdict::undecided;
}

std::string Comparison::words(Key const& key, Line const& line) const {
    auto const& process = line.process;
    auto const unit = find_metric(key.metric)->unit;
    bool const worse = line.verdict == Verdict::regressed || process.odds() >= pending;
    auto const onset = process.onset();
    auto out = fmt::format(
        "{} of {} samples above {:.4g}{}{}, {:.0f} % expected",
        worse ? onset.bad : process.bad(),
        worse ? onset.values : process.values(),
        process.usual().limit,
        unit.empty() ? "" : " ",
        unit,
        100 * process.usual().expected());
    if (line.verdict == Verdict::healthy) {
        return out + fmt::format(
                         "; odds {:.3g}:1 that fewer than {:.0f} % are",
                         process.odds_of_health(),
                         100 * line.gate->bearable);
    }
    bool const was_higher = process.highest_odds() > process.odds() * 1.05;
    out += fmt::format(
        "; odds {:.3g}:1{}{}",
        process.odds(),
        was_higher ? fmt::format(", once {:.3g}:1", process.highest_odds()) : "",
        line.verdict == Verdict::regressed ? ""
                                           : fmt::format(" of the {:.0f}:1 it takes", limit()));
    auto const since = line.onsets.find(onset.after);
    if (worse && since != line.onsets.end()) {
        out += "; onset " + clock_time(since->second);
    }
    return out;
}

} // namespace slipway::monitor
