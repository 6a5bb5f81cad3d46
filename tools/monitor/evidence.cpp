// SPDX-License-Identifier: Apache-2.0
#include "findings.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

using verdict::Fact;
using verdict::Signal;

std::optional<Fact> rate(std::int64_t errors, std::int64_t requests, std::string source) {
    if (requests == 0) {
        return std::nullopt;
    }
    return Fact{
        Signal::error_rate,
        100 * static_cast<double>(errors) / static_cast<double>(requests),
        requests,
        std::move(source)};
}

void add_error_rates(Judge const& judge, verdict::Evidence& out) {
    std::int64_t errors = 0;
    std::int64_t requests = 0;
    std::int64_t errors_of_run = 0;
    std::int64_t requests_of_run = 0;
    for (auto const& [endpoint, counts] : judge.requests()) {
        errors_of_run += counts.errors_of_run;
        requests_of_run += counts.counted_of_run;
        if (auto const* const window = judge.window(endpoint)) {
            errors += static_cast<std::int64_t>(window->errors());
            requests += static_cast<std::int64_t>(window->requests());
        }
    }
    auto const length = time::human_duration(judge.window_length());
    for (auto const& fact :
         {rate(errors, requests, fmt::format("all endpoints, the last {}", length)),
          rate(errors_of_run, requests_of_run, "all endpoints, this run")}) {
        if (fact) {
            out.push_back(*fact);
        }
    }
}

void add_latency_ratios(Judge const& judge, verdict::Evidence& out) {
    for (auto const& [key, track] : judge.tracks()) {
        auto const* const window = judge.window(key.label);
        if (key.metric != "http.latency_ratio" || window == nullptr) {
            continue;
        }
        auto const* const usual = judge.baseline()->find({"http.latency", key.label});
        out.push_back(
            {Signal::latency_ratio,
             track.last,
             std::min<std::int64_t>(
                 static_cast<std::int64_t>(window->latencies().size()), usual->count),
             fmt::format("{}, p95 / p95 of the baseline", key.label)});
    }
}

// Which metrics are in a state, for people.
class Named {
public:
    void add(Key const& key) {
        ++count_;
        if (names_.size() < most_named) {
            names_.push_back(key.text());
        }
    }

    [[nodiscard]] int count() const { return count_; }

    [[nodiscard]] Fact fact(Signal signal) const {
        auto source = text::join(names_, ", ");
        if (static_cast<std::size_t>(count_) > names_.size()) {
            source += ", …";
        }
        return {signal, static_cast<double>(count_), {}, std::move(source)};
    }

private:
    static constexpr std::size_t most_named = 5;
    std::vector<std::string> names_;
    int count_ = 0;
};

void add_metrics(Judge const& judge, verdict::Evidence& out) {
    Named critical;
    Named warning;
    bool judged = false;
    for (auto const& [key, track] : judge.tracks()) {
        if (!track.hysteresis) {
            continue;
        }
        // What a blind role sees as normal is no evidence that it is.
        judged = judged || !judge.blind() || !is_of_postgres(key.metric);
        if (track.hysteresis->state() == verdict::State::critical) {
            critical.add(key);
        } else if (track.worst > verdict::State::normal) {
            warning.add(key);
        }
    }
    if (judged || critical.count() + warning.count() > 0) {
        out.push_back(critical.fact(Signal::critical_metrics));
        out.push_back(warning.fact(Signal::warning_metrics));
    }
}

void add_regressed(Judge const& judge, verdict::Evidence& out) {
    Named regressed;
    bool known = false;
    if (judge.comparison()) {
        for (auto const& [key, line] : judge.comparison()->lines()) {
            known = known || line.verdict != Verdict::undecided;
            if (line.verdict == Verdict::regressed) {
                regressed.add(key);
            }
        }
    }
    if (known) {
        out.push_back(regressed.fact(Signal::regressed_metrics));
    }
}

void add_vanished(Judge const& judge, verdict::Evidence& out) {
    std::vector<std::string> names;
    for (auto const& event : judge.events()) {
        names.push_back(event.object);
    }
    if (!names.empty()) {
        out.push_back(
            {Signal::vanished_indexes,
             static_cast<double>(names.size()),
             {},
             text::join(names, ", ")});
    }
}

} // namespace

verdict::Evidence evidence_of(Judge const& judge) {
    verdict::Evidence out;
    add_error_rates(judge, out);
    add_latency_ratios(judge, out);
    auto const* const up = judge.track({"pg.up", ""});
    bool const down =
        up != nullptr && up->hysteresis && up->hysteresis->state() == verdict::State::critical;
    if (judge.silent()) {
        out.push_back({Signal::outage, 1, {}, "no endpoint answers"});
    }
    if (down) {
        out.push_back({Signal::outage, 1, {}, "the database takes no connections"});
    }
    add_metrics(judge, out);
    add_regressed(judge, out);
    add_vanished(judge, out);
    auto const* const invalid = judge.track({"pg.invalid_indexes", ""});
    if (invalid != nullptr && invalid->last > 0) {
        out.push_back(
            {Signal::invalid_indexes, invalid->last, {}, judge.name_of("pg.invalid_indexes")});
    }
    return out;
}

} // namespace slipway::monitor
