// SPDX-License-Identifier: Apache-2.0
#include "attempt.hpp"
#include "probe/excerpt.hpp"
#include "probe/sql.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <mutex>
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

// Asks the database while others work, one step at a time; nothing where there is no session,
// then the attempt says why.
template <class Ask>
auto on_session(World& world, Attempt& made, Ask&& ask)
    -> std::optional<decltype(ask(std::declval<pg::Connection&>()))> {
    made.origin = "database";
    auto& shared = world.shared;
    bool lost = false;
    auto answer = world.unlocked([&]() -> std::optional<decltype(ask(*shared.connection))> {
        std::lock_guard const one_at_a_time{shared.database};
        if (!shared.connection || !shared.connection->is_open()) {
            lost = true;
            return std::nullopt;
        }
        return ask(*shared.connection);
    });
    if (lost) {
        note_error(
            made,
            shared.no_connection
                ? *shared.no_connection
                : Error{ErrorKind::unavailable, "the connection to the database was lost"});
    }
    return answer;
}

void judge_time(Step const& step, double took_ms, Attempt& made) {
    if (step.repeat == 1) {
        auto late = judge_latency(step.expect.latency, {took_ms});
        std::move(late.begin(), late.end(), std::back_inserter(made.faults));
    }
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
    auto const params = params_of(step, *world.variables);
    auto const deadline = world.shared.deadline.sooner(step.timeout);
    auto const found = on_session(world, made, [&](pg::Connection& connection) {
        return probe::ask(connection, step.sql.statement, params, step.sql.writes, deadline);
    });
    if (!found) {
        return made;
    }
    auto const& answer = *found;
    made.answered = true; // a query that the server refuses is answered as well
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
    judge_time(step, answer.took_ms, made);
    auto missing = capture(step, *answer.rows, nullptr, world);
    std::move(missing.begin(), missing.end(), std::back_inserter(made.faults));
    return made;
}

Attempt attempt_explain(Step const& step, World& world) {
    Attempt made;
    auto const params = params_of(step, *world.variables);
    auto const deadline = world.shared.deadline.sooner(step.timeout);
    auto const plan = on_session(world, made, [&](pg::Connection& connection) {
        return probe::explain(connection, step.sql.statement, params, deadline);
    });
    if (!plan) {
        return made;
    }
    made.answered = true;
    made.latency_ms = plan->execution_ms;
    if (auto fault = judge_index(step, *plan)) {
        made.faults.push_back(std::move(*fault));
    }
    judge_time(step, plan->execution_ms, made);
    return made;
}

} // namespace slipway::smoke_http
