// SPDX-License-Identifier: Apache-2.0
#include "plan.hpp"

#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

std::string line_of(Entry const& entry, std::size_t number, std::size_t total) {
    auto const& step = entry.step;
    std::string out = fmt::format("[{}/{}] {}: ", number, total, step.id);
    switch (entry.fate) {
    case Fate::skip:
        return out + fmt::format("skipped ({})", entry.because);
    case Fate::reuse:
        return out + "not repeated: it passed, and its record is unchanged";
    case Fate::run:
        break;
    }
    out += step.run.empty() ? entry.shown : fmt::format("sh -c: {}", step.run);
    std::vector<std::string> notes;
    if (!entry.because.empty()) {
        notes.push_back(entry.because);
    }
    if (!step.inputs.empty()) {
        notes.push_back(
            "with the records of " +
            (step.all_inputs ? "all before it" : text::join(step.inputs, ", ")));
    }
    if (step.needs) {
        notes.push_back(
            step.needs->empty() ? "waits for nothing"
                                : "waits for " + text::join(*step.needs, ", "));
    }
    if (!step.when.empty()) {
        notes.push_back("when " + step.when);
    }
    if (!step.confirm.empty()) {
        notes.push_back("asks: " + step.confirm);
    }
    if (step.timeout.count() > 0) {
        notes.push_back("at most " + time::human_duration(step.timeout));
    }
    if (step.always) {
        notes.emplace_back("after a failure too");
    }
    if (step.rollback) {
        notes.emplace_back("only after a failure that asks for a rollback");
    }
    if (step.on_failure == OnFailure::roll_back) {
        notes.emplace_back("rolled back if it fails");
    }
    if (step.on_failure == OnFailure::go_on) {
        notes.emplace_back("its failure does not stop the rest");
    }
    return notes.empty() ? out : out + " (" + text::join(notes, "; ") + ")";
}

} // namespace

void tell_plan(Deployment const& deployment, tool::Context& context) {
    std::size_t number = 0;
    std::size_t running = 0;
    for (auto const& entry : deployment.entries) {
        context.log.info(line_of(entry, ++number, deployment.entries.size()));
        running += entry.fate == Fate::run ? 1 : 0;
    }
    auto data = data_of(deployment);
    data["mermaid"] = mermaid(deployment);
    context.record.data = json::Box{std::move(data)};
    context.record.status = record::Status::passed;
    context.record.summary = fmt::format(
        "{}: {} of {} would run",
        deployment.pipeline.name,
        running,
        text::counted(deployment.entries.size(), "step"));
}

} // namespace slipway::deploy_run
