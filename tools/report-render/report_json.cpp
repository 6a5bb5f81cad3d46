// SPDX-License-Identifier: Apache-2.0
#include "report_json.hpp"

#include "json/value.hpp"
#include "review.hpp"
#include "text/join.hpp"
#include "time/rfc3339.hpp"

#include <nlohmann/json.hpp>

namespace slipway::report_render {

namespace {

using json::Value;

Value link_json(Link const& link) {
    return {
        {"direction", link.input ? "input" : "artifact"},
        {"what", link.what},
        {"path", link.path},
        {"sha256", link.sha256},
        {"state", name(link.state)},
        {"broken", broken(link.state)},
        {"detail", link.detail}};
}

Value step_json(Step const& step) {
    auto const& record = step.found->record;
    auto const counts = count(record.checks);
    Value links = Value::array();
    for (auto const& link : step.links) {
        links.push_back(link_json(link));
    }
    return {
        {"title", step.title},
        {"tool", record.tool},
        {"command", record.command},
        {"status", record::name(step.status)},
        {"depth", step.depth},
        {"record", step.found->path.string()},
        {"sha256", step.found->sha256},
        {"summary", record.summary},
        {"started_at", time::to_rfc3339(record.started_at)},
        {"finished_at",
         record.finished_at ? Value(time::to_rfc3339(*record.finished_at)) : Value()},
        {"duration_ms", record.duration.count()},
        {"checks",
         {{"passed", counts.passed},
          {"warned", counts.warned},
          {"failed", counts.failed},
          {"skipped", counts.skipped},
          {"undecided", counts.undecided}}},
        {"links", links}};
}

Value trouble_json(Report const& report, Trouble const& trouble) {
    return {
        {"step", report.steps[trouble.step].title},
        {"status", record::name(trouble.status)},
        {"severity", record::name(trouble.severity)},
        {"id", trouble.id},
        {"title", trouble.title},
        {"message", trouble.message},
        {"hint", trouble.hint},
        {"sqlstate", trouble.sqlstate},
        {"where", trouble.where.text()}};
}

Value change_json(Report const& report, Change const& change) {
    return {
        {"id", change.migration.id},
        {"file", change.migration.file},
        {"status", change.migration.status},
        {"step", report.steps[change.step].title}};
}

Value advice_json(std::vector<Advice> const& list) {
    Value out = Value::array();
    for (auto const& one : list) {
        out.push_back({{"text", one.text}, {"command", one.command}, {"source", one.source}});
    }
    return out;
}

} // namespace

json::Value report_value(Report const& report, bool whole) {
    Value out{
        {"schema", "slipway/report/1"},
        {"verdict", record::name(report.verdict.status)},
        {"rolled_back", report.verdict.rolled_back},
        {"made_at", time::to_rfc3339(report.made_at)},
        {"version", report.version},
        {"began_at", time::to_rfc3339(report.begin)},
        {"ended_at", time::to_rfc3339(report.end)},
        {"title", report.title},
        {"word", report.verdict.word},
        {"sentence", report.verdict.sentence}};
    for (char const* const key : {"steps", "troubles", "changes"}) {
        out[key] = Value::array();
    }
    for (auto const& step : report.steps) {
        out["steps"].push_back(step_json(step));
        if (whole) {
            out["steps"].back()["data"] = *step.found->record.data;
        }
    }
    for (auto const& trouble : report.troubles) {
        out["troubles"].push_back(trouble_json(report, trouble));
    }
    for (auto const& change : report.changes) {
        out["changes"].push_back(change_json(report, change));
    }
    out["assurances"] = report.assurances;
    out["recommendations"] = advice_json(report.recommendations);
    out["next"] = advice_json(report.next);
    out["notices"] = report.notices;
    for (char const* const key : {"facts", "review", "notes"}) {
        out[key] = Value::array();
    }
    for (auto const& fact : report.facts) {
        out["facts"].push_back({{"name", fact.name}, {"value", text::join(fact.values, ", ")}});
    }
    for (auto const& finding : review_of(report)) {
        out["review"].push_back(
            {{"subject", finding.subject}, {"text", finding.text}, {"tone", finding.tone}});
    }
    for (auto const& note : report.notes) {
        out["notes"].push_back(
            {{"kind", note.kind},
             {"text", note.text},
             {"person", note.person},
             {"role", note.role},
             {"good", note.good},
             {"at", time::to_rfc3339(note.at)}});
    }
    return out;
}

std::string report_json(Report const& report) {
    return json::write(report_value(report, false), true);
}

} // namespace slipway::report_render
