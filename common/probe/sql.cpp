// SPDX-License-Identifier: Apache-2.0
#include "probe/sql.hpp"

#include "pg/transaction.hpp"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

namespace slipway::probe {

namespace {

using json::Value;

constexpr std::size_t most_rows = 1000; // kept of an answer; all are counted

Value number_or_text(std::string_view cell) {
    Value number = Value::parse(cell.begin(), cell.end(), nullptr, false);
    return number.is_number() ? number : Value(std::string{cell});
}

Value rows_of(pg::Result const& result) {
    Value rows = Value::array();
    for (std::size_t row = 0; row < std::min(result.rows(), most_rows); ++row) {
        Value object = Value::object();
        for (std::size_t column = 0; column < result.columns(); ++column) {
            object[result.column_name(column)] =
                result.is_null(row, column) ? Value{} : number_or_text(result.text(row, column));
        }
        rows.push_back(std::move(object));
    }
    return rows;
}

void walk(Value const& plan, PlanAnswer& answer) {
    auto const type = json::text_at(plan, "Node Type");
    if (auto index = json::text_at(plan, "Index Name"); !index.empty()) {
        answer.indexes.push_back(std::move(index));
    }
    if (type == "Seq Scan") {
        answer.sequential_scans.push_back(json::text_at(plan, "Relation Name"));
    }
    for (auto const& child : json::at(plan, "Plans")) {
        walk(child, answer);
    }
}

} // namespace

SqlAnswer
ask(pg::Connection& connection,
    std::string_view sql,
    std::vector<pg::Param> const& params,
    bool writes,
    time::Deadline deadline) {
    auto const start = std::chrono::steady_clock::now();
    pg::Transaction transaction{connection, writes ? "begin" : "begin read only"};
    auto const result = transaction.exec(sql, params, deadline);
    if (writes) {
        transaction.commit();
    } else {
        transaction.rollback();
    }
    SqlAnswer answer;
    answer.rows = json::Box{rows_of(result)};
    answer.count = result.rows();
    if (!result.empty() && result.columns() > 0 && !result.is_null(0, 0)) {
        answer.value = result.get<std::string>(0, 0);
    }
    answer.took_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return answer;
}

std::optional<Fault>
judge_cell(Rule const& rule, SqlAnswer const& answer, secret::Redactor const& redactor) {
    std::vector<Value> readings;
    if (!answer.value) {
        readings.emplace_back(nullptr);
    } else {
        readings.push_back(number_or_text(*answer.value));
        readings.emplace_back(*answer.value);
        if (*answer.value == "t" || *answer.value == "f") {
            readings.emplace_back(*answer.value == "t");
        }
    }
    std::optional<Fault> first;
    for (auto const& reading : readings) {
        auto fault = judge_value(rule.subject, rule, reading, redactor);
        if (!fault) {
            return std::nullopt;
        }
        if (!first) { // moved onto itself it would lose its words
            first = std::move(fault);
        }
    }
    return first;
}

PlanAnswer explain(
    pg::Connection& connection,
    std::string_view sql,
    std::vector<pg::Param> const& params,
    time::Deadline deadline) {
    pg::Transaction transaction{connection};
    auto const text =
        transaction.exec("explain (analyze, format json) " + std::string{sql}, params, deadline)
            .one_value<std::string>();
    transaction.rollback();
    auto const document = json::parse(text, "the plan");
    PlanAnswer answer;
    if (document.is_array() && !document.empty()) {
        walk(json::at(document[0], "Plan"), answer);
        auto const& time = json::at(document[0], "Execution Time");
        answer.execution_ms = time.is_number() ? time.get<double>() : 0;
    }
    return answer;
}

} // namespace slipway::probe
