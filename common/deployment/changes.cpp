// SPDX-License-Identifier: Apache-2.0
#include "deployment/changes.hpp"

#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::deployment {

namespace {

bool real(Step const& step, Migration const& migration) {
    return migration.this_run && !step.found->record.dry_run;
}

// What a run did counts more than what a plan or a later look at the history says.
void take(Report& report, std::size_t index, Migration const& migration) {
    auto const& step = report.steps[index];
    auto const known =
        std::find_if(report.changes.begin(), report.changes.end(), [&](Change const& change) {
            auto const& other = report.steps[change.step].found->record;
            return change.migration.id == migration.id &&
                   other.run.name == step.found->record.run.name;
        });
    if (known == report.changes.end()) {
        report.changes.push_back({migration, index});
    } else if (real(step, migration) || !real(report.steps[known->step], known->migration)) {
        *known = {migration, index};
    }
}

bool changed(Step const& step) {
    return std::any_of(
        step.migrations.begin(), step.migrations.end(), [&](Migration const& migration) {
            return real(step, migration);
        });
}

std::string assurance_of(Step const& step, std::vector<Step> const& steps) {
    for (auto const& link : step.links) {
        if (!link.input || link.what != "db-backup") {
            continue;
        }
        if (link.target == nullptr || link.state != LinkState::intact) {
            return fmt::format(
                "{} relied on a backup whose record is {}.", step.title, name(link.state));
        }
        auto const& record = link.target->record;
        auto const backup = backup_of(record);
        auto const torn = std::find_if(steps.begin(), steps.end(), [&](Step const& other) {
            return other.found == link.target &&
                   std::any_of(other.links.begin(), other.links.end(), [](Link const& made) {
                       return !made.input && broken(made.state);
                   });
        });
        std::string out = fmt::format(
            "{} relied on the backup {}, {}",
            step.title,
            backup ? backup->id : link.path,
            backup && !backup->level.empty() ? "verified to the level “" + backup->level + "”"
                                             : "of an unknown level of verification");
        if (record.finished_at && *record.finished_at <= step.found->record.started_at) {
            out += fmt::format(
                ", finished {} before it began",
                time::human_duration(step.found->record.started_at - *record.finished_at));
        } else {
            out += ", which had not finished when it began";
        }
        return out + (torn == steps.end() ? "." : "; a file of that backup is not intact.");
    }
    return fmt::format("{} changed the schema and relied on no backup.", step.title);
}

} // namespace

void add_changes(Report& report) {
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        for (auto const& migration : report.steps[i].migrations) {
            take(report, i, migration);
        }
    }
    auto const old = std::stable_partition(
        report.changes.begin(), report.changes.end(), [](Change const& change) {
            return change.migration.this_run || change.migration.status != "applied";
        });
    report.applied_earlier = static_cast<std::size_t>(report.changes.end() - old);
    report.changes.erase(old, report.changes.end());
}

std::vector<std::string> assurances_of(std::vector<Step> const& steps) {
    std::vector<std::string> out;
    for (auto const& step : steps) {
        if (changed(step)) {
            out.push_back(assurance_of(step, steps));
        }
    }
    return out;
}

} // namespace slipway::deployment
