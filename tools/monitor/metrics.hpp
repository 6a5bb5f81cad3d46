// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "verdict/threshold.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

namespace slipway::monitor {

/// A metric that the tool knows.
struct Metric {
    std::string_view name; // `http.error_rate`
    std::string_view unit;
    std::string_view title;
    std::optional<verdict::Threshold> threshold; // by default
    std::string_view threshold_source;           // where its figures come from
    std::string_view when_missing;               // what is said where there is no value
    bool may_be_missing = false;                 // no value is no doubt: too little traffic
};

/// All of them: those of HTTP, of PostgreSQL, of logs, and of the user.
std::span<Metric const> all_metrics();

/// The metric of that name; null where there is none.
Metric const* find_metric(std::string_view name);

/// A metric of one endpoint, or of the database (no label).
struct Key {
    std::string metric;
    std::string label;

    friend bool operator<(Key const& a, Key const& b) {
        return std::tie(a.metric, a.label) < std::tie(b.metric, b.label);
    }

    /// `http.error_rate/health`.
    [[nodiscard]] std::string text() const { return label.empty() ? metric : metric + "/" + label; }
};

/// Whether it is one that the user's own sources give: `sql.value`, `command.value`, ….
bool is_figure(std::string_view metric);

/// Whether it is of PostgreSQL.
bool is_of_postgres(std::string_view metric);

} // namespace slipway::monitor
