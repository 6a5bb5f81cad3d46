// SPDX-License-Identifier: Apache-2.0
#include "profile.hpp"

#include "config/node.hpp"
#include "error/error.hpp"
#include "text/join.hpp"

#include <vector>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

using config::Node;
using verdict::Threshold;
using verdict::Worse;

Metric const& metric_of(std::string_view key, Node const& node) {
    auto const* const metric = find_metric(key.substr(0, key.find('/')));
    if (metric == nullptr) {
        std::vector<std::string> names;
        for (auto const& each : all_metrics()) {
            names.emplace_back(each.name);
        }
        auto const near = text::nearest(key, names);
        throw node.error(
            fmt::format("there is no metric {}", key),
            near.empty() ? "docs/tools/monitor.md lists the metrics."
                         : fmt::format("Did you mean {}?", near));
    }
    if (is_of_postgres(key) && key.find('/') != std::string_view::npos) {
        throw node.error(
            fmt::format("{} is of the database and has no endpoints", metric->name),
            "Write the metric alone.");
    }
    return *metric;
}

Worse worse_of(Node const& node, Metric const& metric) {
    auto const word = node.text("worse");
    if (!word) {
        return metric.threshold ? metric.threshold->worse : Worse::higher;
    }
    if (*word != "higher" && *word != "lower") {
        throw node.required("worse").error("worse has to be higher or lower");
    }
    return *word == "higher" ? Worse::higher : Worse::lower;
}

void require_order(Node const& node, Threshold const& threshold) {
    if (!threshold.warning && !threshold.critical) {
        throw node.error(
            "a threshold needs warning or critical", "Write off where it is not to be judged.");
    }
    if (threshold.warning && threshold.critical &&
        threshold.of(*threshold.warning) == verdict::State::critical) {
        throw node.error(
            "the warning limit is beyond the critical one",
            "Where lower values are worse, say so: worse: lower.");
    }
}

Threshold threshold_of(Node const& node, Metric const& metric) {
    node.only_keys({"warning", "critical", "worse", "for", "source"});
    Threshold out;
    out.warning = node.number("warning");
    out.critical = node.number("critical");
    out.worse = worse_of(node, metric);
    auto const in_a_row = node.integer("for").value_or(
        metric.threshold ? static_cast<std::int64_t>(metric.threshold->in_a_row) : 2);
    if (in_a_row < 1 || in_a_row > 1000) {
        throw node.required("for").error("for has to be 1 to 1000 samples");
    }
    out.in_a_row = static_cast<std::size_t>(in_a_row);
    require_order(node, out);
    return out;
}

} // namespace

Profile Profile::load(fs::Path const& path) {
    auto const document = config::load(path);
    Node const root{document};
    root.only_keys({"thresholds"});
    Profile out;
    for (auto const& [key, node] : root.required("thresholds").members()) {
        auto const& metric = metric_of(key, node);
        if (node.is_text() && node.as_text() == "off") {
            out.own_[key] = {std::nullopt, path.string()};
            continue;
        }
        if (!node.is_map()) {
            throw node.error(
                fmt::format("the threshold of {} has to be limits or off", key),
                "Write it as {warning: 1, critical: 5, for: 2}.");
        }
        out.own_[key] = {threshold_of(node, metric), node.text("source").value_or(path.string())};
    }
    return out;
}

Profile::Entry Profile::entry(Key const& key) const {
    for (auto const& name : {key.text(), key.metric}) {
        if (auto const own = own_.find(name); own != own_.end()) {
            return own->second;
        }
    }
    auto const* const metric = find_metric(key.metric);
    if (metric == nullptr) {
        return {};
    }
    return {metric->threshold, std::string{metric->threshold_source}};
}

} // namespace slipway::monitor
