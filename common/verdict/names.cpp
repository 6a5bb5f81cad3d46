// SPDX-License-Identifier: Apache-2.0
#include "verdict/matrix.hpp"

#include <array>
#include <utility>

namespace slipway::verdict {

namespace {

constexpr std::array<std::string_view, 7>
    actions{"none", "watch", "plan-fix", "consider-app", "app", "db", "full"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> signals{
    {{"error_rate", "%"},
     {"latency_ratio", "x"},
     {"outage", ""},
     {"data_corruption", ""},
     {"failed_migrations", ""},
     {"failed_data_checks", ""},
     {"failed_health_checks", ""},
     {"failed_smoke_checks", ""},
     {"failed_tests", ""},
     {"failed_commands", ""},
     {"critical_metrics", ""},
     {"warning_metrics", ""},
     {"invalid_indexes", ""},
     {"blocked_sessions", ""},
     {"regressed_metrics", ""},
     {"vanished_indexes", ""}}};

constexpr std::array<std::string_view, 4> comparisons{"below", "at_most", "above", "at_least"};

} // namespace

std::string_view name(Action action) {
    return actions.at(static_cast<std::size_t>(action));
}

std::optional<Action> action_from(std::string_view name) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
        if (actions.at(i) == name) {
            return static_cast<Action>(i);
        }
    }
    return std::nullopt;
}

std::string_view name(Signal signal) {
    return signals.at(static_cast<std::size_t>(signal)).first;
}

std::string_view unit(Signal signal) {
    return signals.at(static_cast<std::size_t>(signal)).second;
}

std::optional<Signal> signal_from(std::string_view name) {
    for (std::size_t i = 0; i < signals.size(); ++i) {
        if (signals.at(i).first == name) {
            return static_cast<Signal>(i);
        }
    }
    return std::nullopt;
}

std::string_view name(Comparison comparison) {
    return comparisons.at(static_cast<std::size_t>(comparison));
}

std::optional<Comparison> comparison_from(std::string_view name) {
    for (std::size_t i = 0; i < comparisons.size(); ++i) {
        if (comparisons.at(i) == name) {
            return static_cast<Comparison>(i);
        }
    }
    return std::nullopt;
}

} // namespace slipway::verdict
