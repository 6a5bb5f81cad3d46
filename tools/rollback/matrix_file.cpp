// SPDX-License-Identifier: Apache-2.0
#include "matrix_file.hpp"

#include "config/node.hpp"
#include "error/error.hpp"

#include <array>
#include <set>

#include <nlohmann/json.hpp>

namespace slipway::rollback {

namespace {

using verdict::Comparison;
using verdict::Condition;

constexpr std::array all_comparisons{
    Comparison::below,
    Comparison::at_most,
    Comparison::above,
    Comparison::at_least};

// `{ signal: error_rate, at_least: 5, at_most: 10, least_samples: 20 }` is two conditions.
std::vector<Condition> read_conditions(config::Node const& node) {
    node.only_keys({"signal", "below", "at_most", "above", "at_least", "least_samples"});
    auto const named = node.required("signal");
    auto const signal = verdict::signal_from(named.as_text());
    if (!signal) {
        throw named.error(
            "there is no signal " + named.as_text(),
            "rollback --print-matrix shows those that there are.");
    }
    std::vector<Condition> out;
    for (auto const comparison : all_comparisons) {
        if (auto const bound = node.number(verdict::name(comparison))) {
            out.push_back({*signal, comparison, *bound, node.integer("least_samples").value_or(0)});
        }
    }
    if (out.empty()) {
        throw node.error(
            "the condition compares with nothing", "Give one of below, at_most, above, at_least.");
    }
    return out;
}

verdict::Row read_row(config::Node const& node) {
    node.only_keys({"id", "when", "action", "reason"});
    verdict::Row out;
    out.id = node.required_text("id");
    out.reason = node.required_text("reason");
    auto const named = node.required("action");
    auto const action = verdict::action_from(named.as_text());
    if (!action) {
        throw named.error(
            "there is no action " + named.as_text(),
            "It is none, watch, plan-fix, consider-app, app, db or full.");
    }
    out.action = *action;
    for (auto const& each : node.list("when")) {
        auto const some = read_conditions(each);
        out.when.insert(out.when.end(), some.begin(), some.end());
    }
    if (out.when.empty()) {
        throw node.error("the row has no condition and would always fire", "Give it a `when`.");
    }
    return out;
}

} // namespace

verdict::Matrix read_matrix(config::Document const& document) {
    config::Node const root{document};
    root.only_keys({"rows"});
    verdict::Matrix out;
    std::set<std::string> ids;
    for (auto const& node : root.list("rows")) {
        out.push_back(read_row(node));
        if (!ids.insert(out.back().id).second) {
            throw node.error("two rows have the id " + out.back().id);
        }
    }
    if (out.empty()) {
        throw root.error("the matrix has no rows and would advise nothing");
    }
    return out;
}

json::Value to_json(verdict::Matrix const& matrix) {
    json::Value out{{"rows", json::Value::array()}};
    for (auto const& row : matrix) {
        json::Value one{{"id", row.id}, {"when", json::Value::array()}};
        for (auto const& condition : row.when) {
            json::Value when{{"signal", verdict::name(condition.signal)}};
            when[std::string{verdict::name(condition.comparison)}] = condition.bound;
            if (condition.least_samples > 0) {
                when["least_samples"] = condition.least_samples;
            }
            one["when"].push_back(std::move(when));
        }
        one["action"] = verdict::name(row.action);
        one["reason"] = row.reason;
        out["rows"].push_back(std::move(one));
    }
    return out;
}

} // namespace slipway::rollback
