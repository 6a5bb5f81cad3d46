// SPDX-License-Identifier: Apache-2.0
#include "deployment/steps.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

namespace slipway::deployment {

namespace {

using record::Found;

// `slipway-out/deploy-run.json` and its archived `slipway-out/deploy-run.20260131….json` alike.
fs::Path stem_of(fs::Path const& path) {
    std::string const file = path.filename().string();
    return path.parent_path() / file.substr(0, file.find('.'));
}

// The stem of the record whose run started this one: `deploy-run` for
// `deploy-run.d/3-db-backup.json`; empty for a step of its own.
fs::Path parent_stem(fs::Path const& path) {
    fs::Path const folder = path.parent_path();
    return folder.extension() == ".d" ? stem_of(folder) : fs::Path{};
}

std::string title_of(record::Record const& record, bool named) {
    std::string out = record.tool;
    out += record.command.empty() ? "" : " " + record.command;
    out += record.run.name.empty() || !named ? "" : " · " + record.run.name;
    out += record.dry_run ? " (dry run)" : "";
    return out;
}

// A repeated CI run leaves the records of its earlier attempt in another folder.
using Place =
    std::tuple<std::string, std::string, std::string, std::string, std::string, bool, std::string>;

Place place_of(Found const& found) {
    auto const& record = found.record;
    return {
        record.run.id,
        record.run.job,
        record.run.name,
        record.tool,
        record.command,
        record.dry_run,
        (parent_stem(found.path).filename() / stem_of(found.path).filename()).string()};
}

bool left_out(Found const& found, Frame const& frame) {
    std::error_code ignored;
    return std::find(frame.leave_out.begin(), frame.leave_out.end(), found.record.tool) !=
               frame.leave_out.end() ||
           std::filesystem::equivalent(found.path, frame.own_record, ignored);
}

std::vector<Found const*> shown(Material const& material, Frame const& frame) {
    std::map<Place, std::int64_t> last_attempt;
    for (auto const& found : material.records) {
        auto& last = last_attempt[place_of(found)];
        last = std::max(last, found.record.run.attempt);
    }
    std::vector<Found const*> out;
    for (auto const* found : record::newest(material.records)) {
        if (!left_out(*found, frame) &&
            found->record.run.attempt == last_attempt[place_of(*found)]) {
            out.push_back(found);
        }
    }
    return out;
}

// Names tell several databases or services apart; a single one is said in the heading.
void entitle(std::vector<Step>& steps) {
    bool const named = std::any_of(steps.begin(), steps.end(), [&](Step const& step) {
        return step.found->record.run.name != steps.front().found->record.run.name;
    });
    for (auto& step : steps) {
        step.title = title_of(step.found->record, named);
    }
}

Step step_of(Found const& found, std::size_t depth, fs::Path const& own_record) {
    Step step;
    step.found = &found;
    step.depth = depth;
    step.status = found.record.status;
    // The tool that started this report still runs, and was not killed.
    bool const ours = parent_stem(own_record) == stem_of(found.path);
    if (step.status == record::Status::running && !ours) {
        step.killed = true;
        step.status = record::Status::aborted;
    }
    step.migrations = migrations_of(found.record);
    step.backup = backup_of(found.record);
    return step;
}

} // namespace

std::vector<Step> arrange(Material const& material, Frame const& frame) {
    auto const records = shown(material, frame);
    std::map<fs::Path, Found const*> by_stem;
    for (auto const* found : records) {
        by_stem[stem_of(found->path)] = found;
    }
    std::map<Found const*, std::vector<Found const*>> children;
    std::vector<Found const*> top;
    for (auto const* found : records) {
        auto const parent = by_stem.find(parent_stem(found->path));
        if (parent == by_stem.end()) {
            top.push_back(found);
        } else if (found->record.started_at >= parent->second->record.started_at) {
            children[parent->second].push_back(found);
        }
        // An older one was started by a run of the parent that has been repeated since.
    }
    std::vector<Step> out;
    std::vector<std::pair<Found const*, std::size_t>> stack;
    for (auto found = top.rbegin(); found != top.rend(); ++found) {
        stack.emplace_back(*found, 0);
    }
    while (!stack.empty()) {
        auto const [found, depth] = stack.back();
        stack.pop_back();
        out.push_back(step_of(*found, depth, frame.own_record));
        auto const& below = children[found];
        for (auto child = below.rbegin(); child != below.rend(); ++child) {
            stack.emplace_back(*child, depth + 1);
        }
    }
    entitle(out);
    return out;
}

} // namespace slipway::deployment
