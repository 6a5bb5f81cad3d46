// SPDX-License-Identifier: Apache-2.0
#include "review.hpp"

#include "json/value.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::report_render {

namespace {

struct Subject {
    std::string_view name;
    std::vector<std::string_view> tools;
    std::string_view none;
};

std::string line_of(Step const& step) {
    auto const counts = count(step.found->record.checks);
    std::string const checks =
        counts.total() == 0
            ? ""
            : fmt::format(", {} of {} checks passed", counts.passed, counts.total());
    auto const& summary = step.found->record.summary;
    return fmt::format(
        "{}: {}{}, {}{}{}",
        step.title,
        text::lower(word(step.status)),
        checks,
        time::human_duration(step.found->record.duration),
        summary.empty() ? "" : ". ",
        text::shorten(summary, 300));
}

void add_steps(std::vector<Finding>& out, Subject const& subject, Report const& report) {
    bool any = false;
    for (auto const& step : report.steps) {
        auto const& tool = step.found->record.tool;
        if (std::find(subject.tools.begin(), subject.tools.end(), tool) != subject.tools.end()) {
            out.push_back(
                {std::string{subject.name}, line_of(step), std::string{tone(step.status)}});
            any = true;
        }
    }
    if (!any) {
        out.push_back({std::string{subject.name}, std::string{subject.none}, "unknown"});
    }
}

// The longest that a record has measured.
std::optional<time::Milliseconds> downtime_of(Report const& report) {
    std::optional<time::Milliseconds> out;
    for (auto const& step : report.steps) {
        auto const& measured = json::at(*step.found->record.data, "downtime_ms");
        if (measured.is_number_integer()) {
            time::Milliseconds const one{measured.get<std::int64_t>()};
            out = out ? std::max(*out, one) : one;
        }
    }
    return out;
}

} // namespace

std::vector<Finding> review_of(Report const& report) {
    std::vector<Finding> out;
    add_steps(out, {"Tests", {"test-run", "smoke-http"}, "no record of tests"}, report);
    add_steps(
        out,
        {"Data verification", {"links-migrate", "db-restore"}, "no step changed or restored data"},
        report);
    add_steps(
        out,
        {"First hours", {"health-check", "monitor"}, "nobody watched after the deployment"},
        report);
    auto const downtime = downtime_of(report);
    out.push_back(
        {"Downtime",
         downtime ? time::human_duration(*downtime) : "not measured by any step",
         downtime && downtime->count() > 0 ? "warned"
         : downtime                        ? "passed"
                                           : "unknown"});
    add_steps(out, {"Rollback", {"rollback"}, "none"}, report);
    return out;
}

} // namespace slipway::report_render
