// SPDX-License-Identifier: Apache-2.0
#include "findings.hpp"
#include "growth.hpp"
#include "log_findings.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

using json::Value;

// Enough digits for any reader, and no noise of binary fractions.
double tidy(double value) {
    if (value == 0) {
        return 0;
    }
    double const scale = std::pow(10.0, 6 - std::ceil(std::log10(std::abs(value))));
    double const out = std::round(value * scale) / scale;
    return std::isfinite(out) ? out : value;
}

Value limit_of(std::optional<double> limit) {
    return limit ? Value(*limit) : Value{};
}

Value threshold_of(Track const& track) {
    if (!track.hysteresis) {
        return {};
    }
    auto const& threshold = *track.entry.threshold;
    return {
        {"warning", limit_of(threshold.warning)},
        {"critical", limit_of(threshold.critical)},
        {"worse", threshold.worse == verdict::Worse::higher ? "higher" : "lower"},
        {"for", threshold.in_a_row},
        {"source", track.entry.source},
        {"state", name(track.hysteresis->state())},
        {"worst", name(track.worst)}};
}

Value metrics_json(Judge const& judge) {
    auto out = Value::array();
    for (auto const& [key, track] : judge.tracks()) {
        auto const& sketch = track.sketch;
        out.push_back(
            {{"name", key.metric},
             {"endpoint", key.label},
             {"unit", find_metric(key.metric)->unit},
             {"count", sketch.count()},
             {"last", tidy(track.last)},
             {"least", tidy(sketch.least())},
             {"greatest", tidy(sketch.greatest())},
             {"mean", tidy(sketch.mean())},
             {"p50", tidy(sketch.quantile(0.5))},
             {"p95", tidy(sketch.quantile(0.95))},
             {"p99", tidy(sketch.quantile(0.99))},
             {"threshold", threshold_of(track)}});
    }
    return out;
}

Value endpoints_json(Judge const& judge) {
    auto out = Value::array();
    for (auto const& [endpoint, counts] : judge.requests()) {
        std::string url;
        if (judge.start()) {
            for (auto const& each : judge.start()->endpoints) {
                url = each.name == endpoint ? each.shown : url;
            }
        }
        out.push_back(
            {{"name", endpoint},
             {"url", url},
             {"requests", counts.made},
             {"errors", counts.errors},
             {"rate_limited", counts.limited},
             {"statuses", Value(counts.classes)},
             {"last_fault", counts.last_fault}});
    }
    return out;
}

Value sources_json(Judge const& judge) {
    auto out = Value::array();
    for (auto const& [source, tally] : judge.tallies()) {
        out.push_back(
            {{"name", source},
             {"samples", tally.samples},
             {"gaps", tally.gaps},
             {"last_gap", tally.last_gap}});
    }
    return out;
}

Value waits_json(Judge const& judge) {
    auto out = Value::array();
    for (auto const& wait : judge.waits()) {
        auto holders = Value::array();
        for (auto const& holder : wait.by) {
            holders.push_back(
                {{"pid", holder.pid},
                 {"application", holder.application},
                 {"state", holder.state}});
        }
        out.push_back(
            {{"pid", wait.pid},
             {"application", wait.application},
             {"waited_ms", wait.waited_ms},
             {"lock_mode", wait.lock_mode},
             {"relation", wait.relation},
             {"by", std::move(holders)}});
    }
    return out;
}

Value changes_json(Judge const& judge) {
    auto out = Value::array();
    for (auto const& change : judge.changes()) {
        out.push_back(
            {{"at", time::to_rfc3339(change.at)},
             {"metric", change.key.metric},
             {"endpoint", change.key.label},
             {"from", name(change.from)},
             {"to", name(change.to)},
             {"value", tidy(change.value)}});
    }
    return out;
}

std::string endpoint_words(std::string const& endpoint, Judge const& judge) {
    auto out = endpoint;
    if (auto const* const track = judge.track({"http.latency", endpoint})) {
        out += fmt::format(" {:.4g} ms", track->last);
    } else {
        out += " no right answer";
    }
    if (auto const* const p95 = judge.track({"http.latency_p95", endpoint})) {
        out += fmt::format(" (p95 {:.4g})", p95->last);
    }
    auto const* const window = judge.window(endpoint);
    if (window != nullptr && window->errors() > 0) {
        out += fmt::format(", {} of {} failed", window->errors(), window->requests());
    }
    if (window != nullptr && window->limited() > 0) {
        out += fmt::format(", {} limited", window->limited());
    }
    return out;
}

std::string comparison_words(Comparison const& comparison) {
    auto out = fmt::format("{} beside the baseline", name(comparison.verdict()));
    Key const* worst = nullptr;
    double odds = 1;
    for (auto const& [key, line] : comparison.lines()) {
        if (line.process.odds() > odds) {
            worst = &key;
            odds = line.process.odds();
        }
    }
    if (worst != nullptr) {
        out += fmt::format(" (odds {:.3g}:1 against {})", odds, worst->text());
    }
    return out;
}

std::string database_words(Judge const& judge) {
    auto const& values = judge.last().values;
    auto const value = [&](char const* name) {
        auto const found = values.find(name);
        return found == values.end() ? 0 : static_cast<std::int64_t>(found->second);
    };
    if (auto const gap = judge.last().gaps.find("postgres"); gap != judge.last().gaps.end()) {
        return "no sample of the database: " + gap->second;
    }
    auto out = text::counted(static_cast<std::size_t>(value("pg.connections")), "session");
    if (judge.blind()) {
        return out + ", blind to what they do";
    }
    out += fmt::format(", {} active", value("pg.active"));
    if (!judge.last().waits.empty()) {
        auto const& wait = judge.last().waits.front();
        out += fmt::format(
            ", {} blocked (pid {} on {} by pid {} for {} s)",
            judge.last().waits.size(),
            wait.pid,
            wait.relation.empty() ? wait.lock_mode : wait.relation,
            wait.by.empty() ? 0 : wait.by.front().pid,
            wait.waited_ms / 1000);
    }
    return out;
}

} // namespace

namespace {

Value comparison_json(Judge const& judge) {
    if (!judge.comparison()) {
        return {};
    }
    auto const& comparison = *judge.comparison();
    Value out{
        {"verdict", name(comparison.verdict())},
        {"limit_odds", comparison.limit()},
        {"warm_up_samples", comparison.warmed_up()},
        {"metrics", Value::array()}};
    for (auto const& [key, line] : comparison.lines()) {
        auto const& process = line.process;
        auto const onset = process.onset();
        auto const since = line.onsets.find(onset.after);
        Value since_json{{"bad", onset.bad}, {"samples", onset.values}};
        since_json["at"] =
            since == line.onsets.end() ? Value{} : Value(time::to_rfc3339(since->second));
        out["metrics"].push_back(
            {{"name", key.metric},
             {"endpoint", key.label},
             {"verdict", name(line.verdict)},
             {"limit", tidy(process.usual().limit)},
             {"expected", tidy(process.usual().expected())},
             {"dependence", tidy(process.usual().dependence)},
             {"samples", process.values()},
             {"bad", process.bad()},
             {"odds", tidy(process.odds())},
             {"highest_odds", tidy(process.highest_odds())},
             {"health_odds", tidy(process.odds_of_health())},
             {"onset", std::move(since_json)},
             {"words", comparison.words(key, line)}});
    }
    return out;
}

Value readings_json(Judge const& judge) {
    auto out = Value::array();
    for (auto const& [key, values] : judge.readings().kept()) {
        auto list = Value::array();
        for (double const value : values) {
            list.push_back(tidy(value));
        }
        out.push_back({{"name", key.metric}, {"endpoint", key.label}, {"values", std::move(list)}});
    }
    return out;
}

// For the watch after the deployment, which looks whether they are still there.
Value indexes_json(Judge const& judge) {
    constexpr std::size_t most_indexes = 5000;
    auto out = Value::array();
    for (auto const& [index, table] : judge.indexes()) {
        if (out.size() == most_indexes) {
            break;
        }
        out.push_back({{"index", index}, {"table", table}});
    }
    return out;
}

Value growth_json(Judge const& judge) {
    auto out = Value::array();
    for (auto const& growth : growth_of(judge)) {
        out.push_back(
            {{"metric", growth.key.metric},
             {"per_day", tidy(growth.per_day)},
             {"limit", limit_of(growth.limit)},
             {"reached_at", growth.reached ? Value(time::to_rfc3339(*growth.reached)) : Value{}}});
    }
    return out;
}

Value events_json(Judge const& judge) {
    auto out = Value::array();
    for (auto const& event : judge.events()) {
        out.push_back(
            {{"at", time::to_rfc3339(event.at)},
             {"kind", event.kind},
             {"object", event.object},
             {"on", event.on}});
    }
    return out;
}

} // namespace

json::Value data_of(Judge const& judge, Purpose purpose) {
    auto const watched = judge.samples() == 0
                             ? time::Milliseconds{0}
                             : std::max(time::Milliseconds{0}, judge.last().at - judge.first_at());
    Value out{
        {"samples", judge.samples()},
        {"watched_ms", watched.count()},
        {"window_ms", judge.window_length().count()},
        {"state", name(judge.state())},
        {"blind", judge.blind()},
        {"sources", sources_json(judge)},
        {"endpoints", endpoints_json(judge)},
        {"metrics", metrics_json(judge)},
        {"changes", changes_json(judge)},
        {"changes_left_out", judge.changes_left_out()},
        {"blocked", waits_json(judge)},
        {"logs", logs_json(judge)},
        {"largest_table", judge.largest_table()},
        {"comparison", comparison_json(judge)},
        {"readings", readings_json(judge)},
        {"events", events_json(judge)},
        {"growth", growth_json(judge)}};
    if (purpose == Purpose::baseline) {
        out["indexes"] = indexes_json(judge);
    }
    out["recommendation"] =
        purpose == Purpose::watch ? verdict::to_json(verdict::decide(evidence_of(judge))) : Value{};
    return out;
}

std::vector<record::Metric> metrics_of(Judge const& judge) {
    std::vector<record::Metric> out;
    for (auto const& [key, track] : judge.tracks()) {
        record::Metric metric;
        metric.name = key.metric;
        metric.unit = find_metric(key.metric)->unit;
        if (!key.label.empty()) {
            metric.labels["endpoint"] = key.label;
        }
        for (auto const& point : track.points.list()) {
            metric.samples.emplace_back(point.first, tidy(point.second));
        }
        out.push_back(std::move(metric));
    }
    return out;
}

std::string brief(Judge const& judge) {
    std::vector<std::string> parts;
    for (auto const& each : judge.requests()) {
        parts.push_back(endpoint_words(each.first, judge));
    }
    if (judge.tallies().contains("postgres")) {
        parts.push_back(database_words(judge));
    }
    if (judge.comparison()) {
        parts.push_back(comparison_words(*judge.comparison()));
    }
    if (auto words = log_words(judge); !words.empty()) {
        parts.push_back(std::move(words));
    }
    return fmt::format("{}: {}", name(judge.state()), text::join(parts, "; "));
}

} // namespace slipway::monitor
