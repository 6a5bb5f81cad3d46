// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "pg/connection.hpp"
#include "probe/http_expectation.hpp"
#include "time/deadline.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::probe {

/// What a query answered.
struct SqlAnswer {
    json::Box rows; // a list of objects by column; numbers as numbers, t and f as they are
    std::optional<std::string> value; // the first cell, nothing for null or no row
    std::size_t count = 0;
    double took_ms = 0;
};

/// Runs a query in a read-only transaction that is rolled back; with `writes`, in one that is
/// committed.
SqlAnswer
ask(pg::Connection& connection,
    std::string_view sql,
    std::vector<pg::Param> const& params,
    bool writes,
    time::Deadline deadline);

/// Judges the first cell as a number, a truth value or text, whichever the rule fits.
std::optional<Fault>
judge_cell(Rule const& rule, SqlAnswer const& answer, secret::Redactor const& redactor);

/// What the planner made of a statement.
struct PlanAnswer {
    std::vector<std::string> indexes;          // used, in the order of the plan
    std::vector<std::string> sequential_scans; // of these tables
    double execution_ms = 0;
};

/// Runs a statement under EXPLAIN (ANALYZE) in a transaction that is rolled back.
PlanAnswer explain(
    pg::Connection& connection,
    std::string_view sql,
    std::vector<pg::Param> const& params,
    time::Deadline deadline);

} // namespace slipway::probe
