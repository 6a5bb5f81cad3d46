// SPDX-License-Identifier: Apache-2.0
#include "deployment/advice.hpp"

#include "text/join.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::deployment {

namespace {

using record::Status;

constexpr std::size_t most_recommendations = 50;

bool has(Report const& report, std::string_view tool, std::string_view command = {}) {
    return std::any_of(report.steps.begin(), report.steps.end(), [&](Step const& step) {
        auto const& record = step.found->record;
        return record.tool == tool && (command.empty() || record.command == command);
    });
}

bool changed_something(Report const& report) {
    return std::any_of(report.changes.begin(), report.changes.end(), [](Change const& change) {
        return change.migration.this_run && change.migration.status == "applied";
    });
}

void add_chain(Report const& report, std::vector<Advice>& out) {
    auto const torn = std::any_of(report.steps.begin(), report.steps.end(), [](Step const& step) {
        return std::any_of(step.links.begin(), step.links.end(), [](Link const& link) {
            return broken(link.state);
        });
    });
    if (torn) {
        out.push_back(
            {"Find out why the chain of evidence is broken before you rely on it: a file is absent "
             "or is not the one that its record vouches for.",
             {},
             {}});
    }
}

void add_after_trouble(Report const& report, std::vector<Advice>& out) {
    if (report.verdict.status == Status::in_doubt) {
        out.push_back(
            {"Look at the live system first: it is not known whether the last change took effect. "
             "Repeat nothing before that is settled.",
             {},
             {}});
    }
    if (report.verdict.rolled_back) {
        out.push_back({"The change was taken back. Mend its cause before the next try.", {}, {}});
    } else if (!has(report, "rollback") && changed_something(report)) {
        out.push_back(
            {"Part of the change is live. Decide whether to go on or back.",
             "rollback decide --input " + report.steps.front().found->path.parent_path().string(),
             {}});
    } else {
        out.push_back(
            {"Mend what is listed first under “What needs attention”, then repeat the step.",
             {},
             {}});
    }
}

} // namespace

std::vector<Advice> recommendations_of(Report const& report) {
    std::vector<Advice> out;
    for (auto const& trouble : report.troubles) {
        auto const known = [&](Advice const& advice) {
            return advice.text == trouble.hint;
        };
        if (trouble.hint.empty() || std::any_of(out.begin(), out.end(), known)) {
            continue;
        }
        if (out.size() == most_recommendations) {
            break;
        }
        out.push_back({trouble.hint, {}, report.steps[trouble.step].title});
    }
    return out;
}

std::vector<Advice> next_of(Report const& report) {
    std::vector<Advice> out;
    if (rank(report.verdict.status) >= rank(Status::undecided)) {
        add_after_trouble(report, out);
        add_chain(report, out);
        return out;
    }
    add_chain(report, out);
    if (report.counts.warned > 0) {
        out.push_back({"Read the warnings; each says what to do about it.", {}, {}});
    }
    if (!has(report, "monitor") && changed_something(report)) {
        out.push_back({"Watch the system through its first hours.", "monitor --for 2h", {}});
    }
    out.push_back({"Sign the report off and keep it with its records.", {}, {}});
    return out;
}

} // namespace slipway::deployment
