// SPDX-License-Identifier: Apache-2.0
#include "outcome.hpp"

#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using record::CheckStatus;

constexpr std::size_t longest_path = 200;

std::string what(Step const& step, Attempt const& made) {
    if (step.on_database()) {
        return std::string{name(step.kind)};
    }
    auto out = step.request.method + " " + made.path;
    return made.status == 0 ? out : fmt::format("{} {}", out, made.status);
}

} // namespace

Outcome tried(Step const& step, Attempt made, int attempts, time::Milliseconds took) {
    Outcome out;
    auto& check = out.check;
    check.id = step.id;
    check.title = step.title.empty() ? what(step, made) : step.title;
    check.severity = step.severity;
    check.duration = took;
    if (made.faults.empty()) {
        check.message = what(step, made);
    } else {
        check.status = CheckStatus::failed;
        check.message = probe::message_of(made.faults);
        if (attempts > 1 && step.repeat == 1) {
            check.message += fmt::format(" (after {} attempts)", attempts);
        }
        check.hint = made.hint;
        check.expected = made.faults.front().expected;
        check.actual = made.faults.front().actual;
        check.where = step.where;
    }
    out.made = std::move(made);
    out.attempts = attempts;
    return out;
}

Outcome skipped(Step const& step, std::string const& why) {
    Outcome out;
    out.check.id = step.id;
    out.check.title = step.title.empty() ? step.id : step.title;
    out.check.severity = step.severity;
    out.check.status = CheckStatus::skipped;
    out.check.message = why;
    out.skipped = true;
    return out;
}

void tell(Step const& step, Outcome const& outcome, tool::Context& context) {
    auto const& check = outcome.check;
    if (outcome.skipped) {
        context.log.info(fmt::format("skipped {}: {}", step.id, check.message));
    } else if (check.status == CheckStatus::passed) {
        context.log.info(fmt::format(
            "passed  {} ({}, {})",
            step.id,
            context.redactor.redact(what(step, outcome.made)),
            time::human_duration(check.duration.value_or(time::Milliseconds{0}))));
    } else {
        context.log.problem(log::Level::error, step.where, step.id, check.message);
    }
}

void keep(Step const& step, Outcome outcome, tool::Context& context) {
    auto const& made = outcome.made;
    json::Value entry{{"id", step.id}, {"kind", name(step.kind)}};
    if (!step.on_database()) {
        entry["method"] = step.request.method;
        // Before it is cut: half a secret is none that the redactor knows.
        entry["path"] =
            text::shorten(text::to_utf8(context.redactor.redact(made.path)), longest_path);
        entry["status"] = made.status == 0 ? json::Value{} : json::Value(made.status);
    }
    entry["latency_ms"] = made.latency_ms ? json::Value(*made.latency_ms) : json::Value{};
    entry["outcome"] = record::name(outcome.check.status);
    entry["attempts"] = outcome.attempts;
    (*context.record.data)["steps"].push_back(std::move(entry));
    if (made.latency_ms) {
        record::Metric metric;
        metric.name = step.on_database() ? "sql.latency" : "http.latency";
        metric.unit = "ms";
        metric.labels["step"] = step.id;
        metric.value = *made.latency_ms;
        context.record.metrics.push_back(std::move(metric));
    }
    context.record.add(std::move(outcome.check));
}

} // namespace slipway::smoke_http
