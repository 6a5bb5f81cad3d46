// SPDX-License-Identifier: Apache-2.0
#include "findings.hpp"
#include "growth.hpp"
#include "log_findings.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

using record::Check;
using record::CheckStatus;
using record::Severity;
using verdict::State;

std::string figure(Metric const& metric, double value) {
    return fmt::format("{:.4g}{}{}", value, metric.unit.empty() ? "" : " ", metric.unit);
}

std::string sentence_of_limit(Track const& track, State state) {
    auto const limit = track.entry.threshold->words(state);
    return limit.empty() ? "" : fmt::format(" ({}; {})", limit, track.entry.source);
}

// A ratio is told with what it rests on: it is no verdict of statistics.
std::string basis_of(Key const& key, Judge const& judge) {
    if (key.metric != "http.latency_ratio") {
        return "";
    }
    auto const* const usual = judge.baseline()->find({"http.latency", key.label});
    auto const* const window = judge.window(key.label);
    return fmt::format(
        "; a ratio of p95s, {} requests against {} of the baseline (p95 {:.4g} ms)",
        window == nullptr ? 0 : window->latencies().size(),
        usual->count,
        usual->p95);
}

std::string growth_words(Key const& key, Judge const& judge) {
    for (auto const& growth : growth_of(judge)) {
        if (growth.key.metric == key.metric && growth.reached) {
            return fmt::format(
                "; growing by {:.3g} a day it reaches {:.4g} on {}",
                growth.per_day,
                *growth.limit,
                time::to_rfc3339(*growth.reached).substr(0, 10));
        }
    }
    return "";
}

Check check_of(Key const& key, Track const& track, Judge const& judge) {
    auto const& metric = *find_metric(key.metric);
    auto const now = track.hysteresis->state();
    auto const worst = track.worst;
    Check out;
    out.id = key.label.empty() ? key.metric : fmt::format("{}.{}", key.metric, key.label);
    out.title = std::string{metric.title} + (key.label.empty() ? "" : ": " + key.label);
    out.status = now == State::critical  ? CheckStatus::failed
                 : worst > State::normal ? CheckStatus::warned
                                         : CheckStatus::passed;
    out.message = fmt::format("{} at the end", figure(metric, track.last));
    if (now > State::normal) {
        out.message += fmt::format(", {}{}", name(now), sentence_of_limit(track, now));
    }
    if (worst > now) {
        out.message += fmt::format(
            ", was {}{}, at worst {}",
            name(worst),
            sentence_of_limit(track, worst),
            figure(
                metric,
                track.entry.threshold->worse == verdict::Worse::higher ? track.sketch.greatest()
                                                                       : track.sketch.least()));
    }
    out.message += basis_of(key, judge) + growth_words(key, judge);
    out.actual = json::Box{json::Value(track.last)};
    auto const& limits = *track.entry.threshold;
    auto const json_of = [](std::optional<double> limit) {
        return limit ? json::Value(*limit) : json::Value{};
    };
    out.expected = json::Box{
        json::Value{{"warning", json_of(limits.warning)}, {"critical", json_of(limits.critical)}}};
    if (key.metric == "pg.largest_table" && !judge.largest_table().empty()) {
        out.message += ": " + judge.largest_table();
    } else if (auto const object = judge.name_of(key.metric); !object.empty()) {
        out.message += ": " + object;
    }
    return out;
}

// The metric was never seen: an open question, or nothing to ask.
Check missing(Key const& key, Judge const& judge) {
    auto const& metric = *find_metric(key.metric);
    Check out;
    out.id = key.label.empty() ? key.metric : fmt::format("{}.{}", key.metric, key.label);
    out.title = std::string{metric.title} + (key.label.empty() ? "" : ": " + key.label);
    out.status = metric.may_be_missing ? CheckStatus::skipped : CheckStatus::undecided;
    out.message = metric.when_missing;
    if (is_of_postgres(key.metric) && judge.blind() && !metric.may_be_missing) {
        out.message = "blind: the role may not see it";
    }
    return out;
}

Check sight(Judge const& judge) {
    Check out;
    out.id = "pg.privileges";
    out.title = "The role may see the sessions of others";
    out.severity = Severity::critical;
    if (judge.blind()) {
        out.status = CheckStatus::undecided;
        out.message =
            "blind: without pg_monitor the server answers zeros about the sessions of others";
        out.hint = "GRANT pg_monitor TO the role that monitors.";
    } else {
        out.message = "it has pg_read_all_stats";
    }
    return out;
}

Check source_check(std::string const& source, Tally const& tally) {
    Check out;
    out.id = "source." + source;
    out.title = fmt::format("The source {} was seen", source);
    auto const all = tally.samples + tally.gaps;
    out.message = fmt::format(
        "{} of {}", tally.samples, text::counted(static_cast<std::size_t>(all), "sample"));
    if (tally.gaps > 0) {
        out.message += fmt::format("; the last gap: {}", tally.last_gap);
    }
    // Half of a watch is none: the bad times may lie in its gaps.
    out.status = tally.samples == 0 || tally.gaps >= tally.samples ? CheckStatus::undecided
                                                                   : CheckStatus::passed;
    return out;
}

Check restarts(Judge const& judge) {
    Check out;
    out.id = "pg.restarts";
    out.title = "The server was not restarted";
    out.severity = Severity::minor;
    out.status = judge.restarts() > 0 ? CheckStatus::warned : CheckStatus::passed;
    out.message = fmt::format(
        "{} seen", text::counted(static_cast<std::size_t>(judge.restarts()), "restart"));
    return out;
}

Check baseline_size(std::string const& endpoint, Judge const& judge) {
    auto const* const track = judge.track({"http.latency", endpoint});
    auto const count = track == nullptr ? 0 : track->sketch.count();
    Check out;
    out.id = "baseline.requests." + endpoint;
    out.title = "Enough requests to compare with: " + endpoint;
    out.status = count >= static_cast<std::int64_t>(least_requests) ? CheckStatus::passed
                                                                    : CheckStatus::undecided;
    out.message = fmt::format("{} right answers, {} are needed", count, least_requests);
    return out;
}

// Those that were seen, and where nothing was, one a source that should have given it.
void add_keys_of_sources(std::string const& metric, Judge const& judge, std::vector<Key>& out) {
    auto const family = metric.substr(0, metric.find('.') + 1);
    std::vector<std::string> seen;
    for (auto const& each : judge.tracks()) {
        if (each.first.metric == metric) {
            out.push_back(each.first);
            seen.push_back(each.first.label);
        }
    }
    for (auto const& [source, tally] : judge.tallies()) {
        auto const name = source.substr(std::min(family.size(), source.size()));
        bool const is_seen = std::any_of(seen.begin(), seen.end(), [&](std::string const& label) {
            return label == name || label.starts_with(name + ".");
        });
        if (source.starts_with(family) && !is_seen) {
            out.push_back({metric, name});
        }
    }
}

Check clock(Judge const& judge) {
    Check out;
    out.id = "clock";
    out.title = "The clock of this machine was not set";
    out.severity = Severity::minor;
    out.status = CheckStatus::warned;
    out.message = fmt::format(
        "{}; the last: {}; windows began anew there",
        text::counted(static_cast<std::size_t>(judge.clock_jumps().gaps), "jump"),
        judge.clock_jumps().last_gap);
    return out;
}

// The metrics that the run should have something to say about.
std::vector<Key> expected_keys(Judge const& judge) {
    std::vector<Key> out;
    for (auto const& metric : all_metrics()) {
        std::string const metric_name{metric.name};
        bool const compares = metric_name.ends_with("_ratio") && metric.unit == "x";
        if (compares && !judge.baseline()) {
            continue;
        }
        if (is_figure(metric_name) || metric_name.starts_with("log.")) {
            add_keys_of_sources(metric_name, judge, out);
        } else if (!is_of_postgres(metric_name)) {
            for (auto const& each : judge.requests()) {
                out.push_back({metric_name, each.first});
            }
        } else if (judge.tallies().contains("postgres")) {
            out.push_back({metric_name, ""});
        }
    }
    return out;
}

std::string suffix_of(Key const& key) {
    return key.label.empty() ? key.metric : fmt::format("{}.{}", key.metric, key.label);
}

Check comparison_of(Key const& key, Comparison::Line const& line, Judge const& judge) {
    Check out;
    out.id = "baseline." + suffix_of(key);
    out.title = fmt::format("{} is as before the deployment", key.text());
    out.message = fmt::format("{}: {}", name(line.verdict), judge.comparison()->words(key, line));
    switch (line.verdict) {
    case Verdict::healthy:
        out.status = CheckStatus::passed;
        break;
    case Verdict::regressed:
        out.status = CheckStatus::failed;
        out.severity = Severity::critical;
        out.hint = "It has changed since the deployment, which need not be why.";
        break;
    case Verdict::undecided:
        out.status = line.gate->required ? CheckStatus::undecided : CheckStatus::skipped;
        out.hint = "More samples decide it: --for longer, --every shorter.";
        break;
    }
    return out;
}

void add_comparison(Judge const& judge, std::vector<Check>& out) {
    if (!judge.comparison()) {
        return;
    }
    auto const& lines = judge.comparison()->lines();
    for (auto const& [key, line] : lines) {
        auto const source = is_of_postgres(key.metric) ? "postgres" : "http";
        bool const watched = judge.tallies().contains(source) &&
                             (key.label.empty() || judge.requests().contains(key.label));
        if (watched) {
            out.push_back(comparison_of(key, line, judge));
        }
    }
    if (lines.empty()) {
        Check check;
        check.id = "baseline.samples";
        check.title = "Enough samples to compare with";
        check.status = CheckStatus::undecided;
        check.message = fmt::format(
            "the baseline has fewer than {} samples of each metric", stats::least_usual);
        check.hint = "Take one by monitor baseline --for 10m --every 5s.";
        out.push_back(std::move(check));
    }
}

Check indexes(Judge const& judge) {
    Check out;
    out.id = "pg.indexes";
    out.title = "No index vanished";
    std::vector<std::string> gone;
    for (auto const& event : judge.events()) {
        gone.push_back(fmt::format(
            "{} on {}, seen at {}", event.object, event.on, time::to_rfc3339(event.at)));
    }
    out.status = gone.empty() ? CheckStatus::passed : CheckStatus::warned;
    out.message = gone.empty() ? "all are there" : text::join(gone, "; ");
    if (!gone.empty()) {
        out.hint = "Where no migration meant to drop it, create it again (CONCURRENTLY).";
    }
    return out;
}

} // namespace

std::vector<Check> checks_of(Judge const& judge, Purpose purpose) {
    std::vector<Check> out;
    bool const postgres = judge.tallies().contains("postgres");
    bool const seen = postgres && judge.tallies().at("postgres").samples > 0;
    if (seen) {
        out.push_back(sight(judge));
    }
    for (auto const& [source, tally] : judge.tallies()) {
        out.push_back(source_check(source, tally));
    }
    if (judge.clock_jumps().gaps > 0) {
        out.push_back(clock(judge));
    }
    for (auto& check : log_checks(judge, purpose)) {
        out.push_back(std::move(check));
    }
    if (purpose == Purpose::baseline) {
        for (auto const& each : judge.requests()) {
            out.push_back(baseline_size(each.first, judge));
        }
        return out;
    }
    if (seen) {
        out.push_back(restarts(judge));
        out.push_back(indexes(judge));
    }
    add_comparison(judge, out);
    for (auto const& key : expected_keys(judge)) {
        auto const* const track = judge.track(key);
        if (track != nullptr && track->hysteresis) {
            out.push_back(check_of(key, *track, judge));
        } else if (track == nullptr && judge.profile().entry(key).threshold) {
            out.push_back(missing(key, judge));
        }
    }
    return out;
}

std::string words(Change const& change, Judge const& judge) {
    auto const& metric = *find_metric(change.key.metric);
    auto const* const track = judge.track(change.key);
    auto const limit = track->entry.threshold->words(change.to);
    return fmt::format(
        "{} is {}{}: {}{}",
        change.key.text(),
        name(change.to),
        change.to < change.from ? " again" : "",
        figure(metric, change.value),
        limit.empty() ? "" : fmt::format(" ({})", limit));
}

} // namespace slipway::monitor
