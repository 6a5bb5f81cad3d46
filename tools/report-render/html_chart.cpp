// SPDX-License-Identifier: Apache-2.0
#include "html_chart.hpp"

#include "html_parts.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace slipway::report_render::page {

namespace {

using Samples = std::vector<std::pair<time::Instant, double>>;

// Parts of the whole in percent, with enough digits for a page.
double share(time::Milliseconds part, time::Milliseconds whole) {
    return whole.count() == 0
               ? 0.0
               : 100.0 * static_cast<double>(part.count()) / static_cast<double>(whole.count());
}

std::string bar(Step const& step, Report const& report) {
    auto const& record = step.found->record;
    auto const whole = report.end - report.begin;
    double const from = share(record.started_at - report.begin, whole);
    double const length =
        share(record.finished_at.value_or(record.started_at) - record.started_at, whole);
    // The second rectangle keeps a step of a few milliseconds visible.
    return fmt::format(
        "<svg class=\"{0}\" aria-hidden=\"true\" focusable=\"false\">"
        "<line x1=\"25%\" x2=\"25%\" y2=\"100%\"/><line x1=\"50%\" x2=\"50%\" y2=\"100%\"/>"
        "<line x1=\"75%\" x2=\"75%\" y2=\"100%\"/>"
        "<rect x=\"{1:.2f}%\" y=\"20%\" width=\"{2:.2f}%\" height=\"60%\" rx=\"2\"/>"
        "<rect x=\"{1:.2f}%\" y=\"20%\" width=\"4\" height=\"60%\" rx=\"2\"/></svg>",
        step.status == record::Status::running ? "unknown" : tone(step.status),
        std::clamp(from, 0.0, 99.5),
        std::clamp(length, 0.0, 100.0));
}

// The vertical range: from zero where the values are large against their spread.
std::pair<double, double> range_of(Samples const& samples) {
    auto const ends =
        std::minmax_element(samples.begin(), samples.end(), [](auto const& a, auto const& b) {
            return a.second < b.second;
        });
    double low = ends.first->second;
    double high = ends.second->second;
    if (low >= 0 && low < high / 2) {
        low = 0;
    }
    double const margin = high > low  ? (high - low) * 0.06
                          : high != 0 ? std::abs(high) * 0.1
                                      : 0.01;
    return {low == 0 ? 0 : low - margin, high + margin};
}

std::string points(Samples const& samples, double low, double high) {
    auto const begin = samples.front().first;
    auto const whole = samples.back().first - begin;
    std::string out;
    for (auto const& sample : samples) {
        out += fmt::format(
            "{}{:.1f},{:.1f}",
            out.empty() ? "" : " ",
            share(sample.first - begin, whole) * 6.0,
            120.0 - (sample.second - low) / (high - low) * 120.0);
    }
    return out;
}

// What happened while the samples were taken: the reason to look at them at all.
std::string events(Samples const& samples, Report const& report, std::string& names) {
    auto const begin = samples.front().first;
    auto const whole = samples.back().first - begin;
    std::string out;
    for (auto const& step : report.steps) {
        auto const at = step.found->record.started_at;
        bool const change = !step.migrations.empty() || step.found->record.tool == "rollback";
        if (change && at > begin && at < samples.back().first) {
            double const x = share(at - begin, whole) * 6.0;
            out += fmt::format(
                "<line class=\"event\" vector-effect=\"non-scaling-stroke\" x1=\"{0:.1f}\" "
                "x2=\"{0:.1f}\" y1=\"0\" y2=\"120\"/>",
                x);
            names += fmt::format(
                "{}{} {}", names.empty() ? "Dashed: " : ", ", esc(step.title), moment(at, false));
        }
    }
    return out;
}

} // namespace

std::string timeline(Report const& report) {
    auto const whole = report.end - report.begin;
    std::string out = fmt::format(
        "<ol class=\"timeline\">\n<li class=\"scale\" aria-hidden=\"true\"><span>Step</span>"
        "<span><span>{}</span><span>+{}</span><span>+{}</span></span>"
        "<span class=\"took\">Took</span></li>\n",
        moment(report.begin, false),
        time::human_duration(whole / 2),
        time::human_duration(whole));
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        auto const& step = report.steps[i];
        auto const& record = step.found->record;
        out += fmt::format(
            "<li><span class=\"deep-{}\"><a href=\"#{}\">{}</a><span class=\"hidden\">, {}, began "
            "after {}, took </span></span>{}<span class=\"took\">{}</span></li>\n",
            std::min<std::size_t>(step.depth, 3),
            anchor(i),
            esc(step.title, 200),
            text::lower(step.status == record::Status::running ? "in progress" : word(step.status)),
            time::human_duration(record.started_at - report.begin),
            bar(step, report),
            record.finished_at ? time::human_duration(record.duration) : "no end");
    }
    return out + "</ol>\n";
}

std::string chart(record::Metric const& metric, Report const& report) {
    auto const& samples = metric.samples;
    auto const range = range_of(samples);
    std::string names;
    std::string const marks = events(samples, report, names);
    std::string const labels = labels_of(metric);
    return fmt::format(
        "<figure><figcaption>{}{}</figcaption>\n<div class=\"plot\"><div class=\"axis\">"
        "<span>{}</span><span>{}</span></div>\n<svg viewBox=\"0 0 600 120\" "
        "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{} over time: {}\">"
        "<line vector-effect=\"non-scaling-stroke\" x1=\"0\" x2=\"600\" y1=\"0\" y2=\"0\"/><line "
        "vector-effect=\"non-scaling-stroke\" x1=\"0\" x2=\"600\" y1=\"60\" "
        "y2=\"60\"/>"
        "<line vector-effect=\"non-scaling-stroke\" x1=\"0\" x2=\"600\" y1=\"120\" "
        "y2=\"120\"/>{}<polyline points=\"{}\" vector-effect=\"non-scaling-stroke\"/></svg>\n"
        "<div class=\"times\">{}{}</div></div>\n<p class=\"stats\">{}{}</p></figure>\n",
        esc(metric.name, 200),
        labels.empty() ? "" : fmt::format("<small>{}</small>", esc(labels, 300)),
        human_value(range.second, metric.unit),
        human_value(range.first, metric.unit),
        esc(metric.name, 200),
        statistics(metric),
        marks,
        points(samples, range.first, range.second),
        moment(samples.front().first, false),
        moment(samples.back().first, false),
        statistics(metric),
        names.empty() ? "" : "<br>" + names);
}

std::string human_value(double value, std::string_view unit) {
    if (!std::isfinite(value)) {
        return "no number";
    }
    if (unit == "bytes" && value >= 0 && value < 1e18) {
        return human_bytes(static_cast<std::uint64_t>(value));
    }
    if (unit == "ms" && std::abs(value) >= 1000 && value < 1e12) {
        return time::human_duration(time::Milliseconds{std::llround(value)});
    }
    bool const part = unit == "ratio";
    double const shown = part ? value * 100 : value;
    double const size = std::abs(shown);
    std::string const number = size >= 1e15 ? fmt::format("{:.3g}", shown)
                               : size >= 100 || shown == std::floor(shown)
                                   ? fmt::format("{:.0f}", shown)
                                   : fmt::format("{:.3g}", shown);
    std::string const suffix = part ? " %" : unit.empty() ? "" : " " + esc(unit, 16);
    return number + suffix;
}

std::string labels_of(record::Metric const& metric) {
    std::string out;
    for (auto const& [key, value] : metric.labels) {
        out += fmt::format("{}{}={}", out.empty() ? "" : ", ", key, value);
    }
    return out;
}

std::string statistics(record::Metric const& metric) {
    std::vector<double> values;
    for (auto const& sample : metric.samples) {
        values.push_back(sample.second);
    }
    std::sort(values.begin(), values.end());
    return fmt::format(
        "lowest {}, median {}, highest {}, last {}, {}",
        human_value(values.front(), metric.unit),
        human_value(values[values.size() / 2], metric.unit),
        human_value(values.back(), metric.unit),
        human_value(metric.samples.back().second, metric.unit),
        text::counted(values.size(), "sample"));
}

} // namespace slipway::report_render::page
