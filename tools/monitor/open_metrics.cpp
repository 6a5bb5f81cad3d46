// SPDX-License-Identifier: Apache-2.0
#include "open_metrics.hpp"

#include "text/join.hpp"

#include <array>
#include <chrono>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

struct Base {
    std::string_view unit;
    std::string_view suffix;
    double factor;
};

constexpr std::array<Base, 9> bases{{
    {"ms", "_seconds", 0.001},
    {"s", "_seconds", 1},
    {"%", "_ratio", 0.01},
    {"x", "_ratio", 1},
    {"bytes", "_bytes", 1},
    {"bytes/s", "_bytes_per_second", 1},
    {"bytes/min", "_bytes_per_minute", 1},
    {"/s", "_per_second", 1},
    {"/min", "_per_minute", 1},
}};

Base base_of(std::string_view unit) {
    for (auto const& base : bases) {
        if (base.unit == unit) {
            return base;
        }
    }
    return {unit, "", 1};
}

std::string name_of(Metric const& metric) {
    auto out = "slipway_" + text::replace_all(metric.name, ".", "_");
    auto const suffix = base_of(metric.unit).suffix;
    return out.ends_with(suffix) ? out : out + std::string{suffix};
}

std::string escaped(std::string_view value) {
    auto out = text::replace_all(value, "\\", "\\\\");
    out = text::replace_all(out, "\"", "\\\"");
    return text::replace_all(out, "\n", "\\n");
}

using Labels = std::vector<std::pair<std::string_view, std::string>>;

// A family, its lines and their help; nothing where no line came.
class Family {
public:
    Family(std::string& out, std::string name, std::string_view help)
        : out_(out), name_(std::move(name)), help_(help) {}

    void add(Labels const& labels, double value) {
        if (!begun_) {
            out_ += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name_, help_);
            begun_ = true;
        }
        std::vector<std::string> parts;
        for (auto const& [key, text] : labels) {
            parts.push_back(fmt::format("{}=\"{}\"", key, escaped(text)));
        }
        out_ += fmt::format(
            "{}{} {}\n", name_, parts.empty() ? "" : "{" + text::join(parts, ",") + "}", value);
    }

private:
    std::string& out_;
    std::string name_;
    std::string_view help_;
    bool begun_ = false;
};

Labels labels_of(Key const& key) {
    return {{"metric", key.metric}, {"endpoint", key.label}};
}

void add_metrics(Judge const& judge, std::string& out) {
    for (auto const& metric : all_metrics()) {
        Family family{out, name_of(metric), metric.title};
        for (auto const& [key, track] : judge.tracks()) {
            if (key.metric == metric.name) {
                Labels const labels =
                    key.label.empty() ? Labels{} : Labels{{"endpoint", key.label}};
                family.add(labels, track.last * base_of(metric.unit).factor);
            }
        }
    }
}

void add_states(Judge const& judge, std::string& out) {
    Family state{
        out, "slipway_monitor_metric_state", "0 normal, 1 warning, 2 critical, by the limits"};
    for (auto const& [key, track] : judge.tracks()) {
        if (track.hysteresis) {
            state.add(labels_of(key), static_cast<double>(track.hysteresis->state()));
        }
    }
}

void add_comparison(Judge const& judge, std::string& out) {
    if (!judge.comparison()) {
        return;
    }
    auto const& lines = judge.comparison()->lines();
    {
        Family odds{
            out,
            "slipway_monitor_odds",
            "Odds that bad samples are more frequent than in the baseline"};
        for (auto const& [key, line] : lines) {
            odds.add(labels_of(key), line.process.odds());
        }
    }
    {
        Family verdict{out, "slipway_monitor_verdict", "0 undecided, 1 healthy, 2 regressed"};
        for (auto const& [key, line] : lines) {
            verdict.add(labels_of(key), static_cast<double>(line.verdict));
        }
    }
    Family limit{out, "slipway_monitor_odds_limit", "Odds at which a metric has regressed"};
    limit.add({}, judge.comparison()->limit());
}

void add_sources(Judge const& judge, std::string& out) {
    {
        Family up{out, "slipway_monitor_source_up", "Whether the last look at the source saw it"};
        for (auto const& each : judge.tallies()) {
            up.add({{"source", each.first}}, judge.last().gaps.contains(each.first) ? 0 : 1);
        }
    }
    Family gaps{out, "slipway_monitor_source_gaps", "Samples in which the source was not seen"};
    for (auto const& [source, tally] : judge.tallies()) {
        gaps.add({{"source", source}}, static_cast<double>(tally.gaps));
    }
}

void add_watch(Judge const& judge, std::string& out) {
    using Seconds = std::chrono::duration<double>;
    Family{
        out, "slipway_monitor_state", "The worst of all metrics: 0 normal, 1 warning, 2 critical"}
        .add({}, static_cast<double>(judge.state()));
    Family{out, "slipway_monitor_samples", "Samples of the series"}.add(
        {}, static_cast<double>(judge.samples()));
    Family{out, "slipway_monitor_last_sample_timestamp_seconds", "When the last sample was taken"}
        .add({}, Seconds(judge.last().at.time_since_epoch()).count());
    Family{out, "slipway_monitor_blind", "Whether the role may not see the sessions of others"}.add(
        {}, judge.blind() ? 1 : 0);
    Family{out, "slipway_monitor_vanished_indexes", "Indexes that were there before"}.add(
        {}, static_cast<double>(judge.events().size()));
}

} // namespace

std::string open_metrics(Judge const& judge) {
    std::string out;
    add_watch(judge, out);
    add_metrics(judge, out);
    add_states(judge, out);
    add_comparison(judge, out);
    add_sources(judge, out);
    return out + "# EOF\n";
}

std::vector<std::string> open_metrics_names() {
    std::vector<std::string> out{
        "slipway_monitor_state",
        "slipway_monitor_samples",
        "slipway_monitor_last_sample_timestamp_seconds",
        "slipway_monitor_blind",
        "slipway_monitor_vanished_indexes",
        "slipway_monitor_metric_state",
        "slipway_monitor_odds",
        "slipway_monitor_verdict",
        "slipway_monitor_odds_limit",
        "slipway_monitor_source_up",
        "slipway_monitor_source_gaps"};
    for (auto const& metric : all_metrics()) {
        out.push_back(name_of(metric));
    }
    return out;
}

} // namespace slipway::monitor
