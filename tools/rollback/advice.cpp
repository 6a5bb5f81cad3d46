// SPDX-License-Identifier: Apache-2.0
#include "advice.hpp"

#include "config/document.hpp"
#include "evidence.hpp"
#include "matrix_file.hpp"
#include "text/join.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

void note_reading(Reading const& reading, tool::Context& context) {
    auto& data = *context.record.data;
    data["records"] = json::Value::array();
    for (auto const* found : reading.used) {
        context.rely_on(*found);
        data["records"].push_back(
            {{"tool", found->record.tool},
             {"path", found->path.string()},
             {"status", record::name(found->record.status)}});
    }
    data["ignored"] = json::Value::array();
    for (auto const& ignored : reading.ignored) {
        data["ignored"].push_back(
            {{"tool", ignored.found->record.tool},
             {"path", ignored.found->path.string()},
             {"why", ignored.why}});
        context.log.debug(
            "a record is no evidence",
            {{"path", ignored.found->path.string()}, {"why", ignored.why}});
    }
}

std::string words(verdict::Evidence const& evidence) {
    std::vector<std::string> out;
    for (auto const& fact : evidence) {
        out.push_back(fact.words() + (fact.source.empty() ? "" : " (" + fact.source + ")"));
    }
    return text::join(out, ", ");
}

void note_rows(verdict::Recommendation const& advice, tool::Context& context) {
    for (auto const& fired : advice.rows) {
        record::Check check;
        check.id = "matrix." + fired.row;
        check.title = fmt::format("{}: advises {}", fired.reason, verdict::name(fired.action));
        check.status = record::CheckStatus::warned;
        check.severity = record::Severity::info;
        check.message = words(fired.evidence) + (fired.enough ? "" : "; too few samples");
        context.log.info(
            fmt::format("{} -> {}", check.message, verdict::name(fired.action)),
            {{"row", fired.row}});
        context.record.add(std::move(check));
    }
}

} // namespace

verdict::Recommendation
conclude(verdict::Evidence const& evidence, Options const& options, tool::Context& context) {
    auto& data = *context.record.data;
    auto const matrix = options.matrix.empty() ? verdict::standard_matrix()
                                               : read_matrix(config::load(options.matrix));
    if (!options.matrix.empty()) {
        data["matrix"] = options.matrix.string();
    }
    auto out = verdict::decide(evidence, matrix);
    note_rows(out, context);
    data["decision"] = verdict::name(out.action);
    data["decided"] = out.decided;
    data["recommendation"] = verdict::to_json(out);
    return out;
}

verdict::Recommendation advise(Options const& options, tool::Context& context) {
    auto const reading = read_evidence(context.inputs(), context.options.environment);
    note_reading(reading, context);
    return conclude(reading.evidence, options, context);
}

void judge_by(
    verdict::Recommendation const& advice,
    Options const& options,
    tool::Context& context) {
    (*context.record.data)["reason"] = advice.reason;
    context.record.summary = fmt::format("{}: {}", verdict::name(advice.action), advice.reason);
    bool const acts = advice.action >= verdict::Action::app;
    context.record.status = options.exit_code && acts ? record::Status::failed
                            : advice.rows.empty()     ? record::Status::passed
                                                      : record::Status::warned;
}

} // namespace slipway::rollback
