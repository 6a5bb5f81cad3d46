// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"
#include "probe/excerpt.hpp"
#include "probe/sql.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

using json::Value;

std::vector<pg::Param> params_of(Step const& step, Value const& variables) {
    std::vector<pg::Param> out;
    for (auto const& param : step.sql.params) {
        out.push_back(param ? pg::Param{param->render(variables)} : pg::Param{nullptr});
    }
    return out;
}

std::optional<probe::Fault> judge_latency(Step const& step, double took_ms) {
    auto const& limit = step.expect.latency_below;
    if (!limit || took_ms < static_cast<double>(limit->count())) {
        return std::nullopt;
    }
    auto const spelled = time::human_duration(*limit);
    return probe::Fault{
        "latency",
        fmt::format("latency: expected < {}, took {:.1f} ms", spelled, took_ms),
        json::Box{"< " + spelled},
        json::Box{took_ms}};
}

// The session, or nothing where there is none; then the attempt says why.
pg::Connection* session(World& world, Attempt& made) {
    made.origin = "database";
    if (world.connection && world.connection->is_open()) {
        return &*world.connection;
    }
    note_error(
        made,
        world.no_connection
            ? *world.no_connection
            : Error{ErrorKind::unavailable, "the connection to the database was lost"});
    return nullptr;
}

void judge_jq(Step const& step, probe::SqlAnswer const& answer, World& world, Attempt& made) {
    for (auto const& wanted : step.expect.jq) {
        auto const rule = rule_of(wanted, *world.variables);
        auto const value =
            world.suite.program->evaluate(rule.expression, *answer.rows, *world.variables);
        auto fault = probe::judge_value("jq " + rule.subject, rule, value, world.context.redactor);
        if (fault) {
            fault->message +=
                "; " + probe::excerpt(*answer.rows, rule.subject, world.context.redactor);
            made.faults.push_back(std::move(*fault));
        }
    }
}

std::string plan_text(probe::PlanAnswer const& plan) {
    std::vector<std::string> parts;
    for (auto const& index : plan.indexes) {
        parts.push_back("index " + index);
    }
    for (auto const& table : plan.sequential_scans) {
        parts.push_back("sequential scan of " + table);
    }
    return parts.empty() ? "neither an index nor a table" : text::join(parts, ", ");
}

std::optional<probe::Fault> judge_index(Step const& step, probe::PlanAnswer const& plan) {
    if (!step.expect.uses_index) {
        return std::nullopt;
    }
    auto const& wanted = *step.expect.uses_index;
    bool const any = !plan.indexes.empty();
    bool const named =
        std::find(plan.indexes.begin(), plan.indexes.end(), wanted) != plan.indexes.end();
    bool const met = wanted == "true" ? any : wanted == "false" ? !any : named;
    if (met) {
        return std::nullopt;
    }
    auto const expected = wanted == "true"    ? "an index"
                          : wanted == "false" ? "no index"
                                              : "the index " + wanted;
    return probe::Fault{
        "uses_index",
        fmt::format("uses_index: expected {}, the plan uses {}", expected, plan_text(plan)),
        json::Box{wanted},
        json::Box{plan_text(plan)}};
}

} // namespace

Attempt attempt_sql(Step const& step, World& world) {
    Attempt made;
    auto* const connection = session(world, made);
    if (connection == nullptr) {
        return made;
    }
    made.answered = true; // a query that the server refuses is answered as well
    auto const answer = probe::ask(
        *connection,
        step.sql.statement,
        params_of(step, *world.variables),
        step.sql.writes,
        world.deadline.sooner(step.timeout));
    made.latency_ms = answer.took_ms;
    for (auto const& wanted : step.expect.cells) {
        auto const rule = rule_of(wanted, *world.variables);
        auto fault = rule.subject == "rows"
                         ? probe::judge_value("rows", rule, answer.count, world.context.redactor)
                         : probe::judge_cell(rule, answer, world.context.redactor);
        if (fault) {
            made.faults.push_back(std::move(*fault));
        }
    }
    judge_jq(step, answer, world, made);
    if (auto fault = judge_latency(step, answer.took_ms)) {
        made.faults.push_back(std::move(*fault));
    }
    auto missing = capture(step, *answer.rows, {}, world);
    std::move(missing.begin(), missing.end(), std::back_inserter(made.faults));
    return made;
}

Attempt attempt_explain(Step const& step, World& world) {
    Attempt made;
    auto* const connection = session(world, made);
    if (connection == nullptr) {
        return made;
    }
    made.answered = true;
    auto const plan = probe::explain(
        *connection,
        step.sql.statement,
        params_of(step, *world.variables),
        world.deadline.sooner(step.timeout));
    made.latency_ms = plan.execution_ms;
    if (auto fault = judge_index(step, plan)) {
        made.faults.push_back(std::move(*fault));
    }
    if (auto fault = judge_latency(step, plan.execution_ms)) {
        made.faults.push_back(std::move(*fault));
    }
    return made;
}

} // namespace slipway::smoke_http
