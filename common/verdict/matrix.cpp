// SPDX-License-Identifier: Apache-2.0
#include "verdict/matrix.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::verdict {

namespace {

// One failed request of five is 20 %: too little to undo a deployment by.
constexpr std::int64_t enough_requests = 20;

bool meets(Condition const& condition, double value) {
    switch (condition.comparison) {
    case Comparison::below:
        return value < condition.bound;
    case Comparison::at_most:
        return value <= condition.bound;
    case Comparison::above:
        return value > condition.bound;
    case Comparison::at_least:
        return value >= condition.bound;
    }
    return false;
}

bool all_met(Row const& row, Fact const& fact) {
    return std::all_of(row.when.begin(), row.when.end(), [&](Condition const& condition) {
        return condition.signal != fact.signal || meets(condition, fact.value);
    });
}

bool is_thin(Row const& row, Fact const& fact) {
    return std::any_of(row.when.begin(), row.when.end(), [&](Condition const& condition) {
        return condition.signal == fact.signal && fact.samples &&
               *fact.samples < condition.least_samples;
    });
}

// The fact that meets all that the row asks of its signal, one that rests on enough samples before
// one that does not.
Fact const* fact_for(Row const& row, Signal signal, Evidence const& evidence) {
    Fact const* found = nullptr;
    for (auto const& fact : evidence) {
        if (fact.signal == signal && all_met(row, fact)) {
            if (!is_thin(row, fact)) {
                return &fact;
            }
            found = &fact;
        }
    }
    return found;
}

std::optional<Fired> fire(Row const& row, Evidence const& evidence) {
    Fired out{row.id, row.action, row.reason, true, {}};
    std::set<Signal> seen;
    for (auto const& condition : row.when) {
        if (!seen.insert(condition.signal).second) {
            continue;
        }
        auto const* fact = fact_for(row, condition.signal, evidence);
        if (fact == nullptr) {
            return std::nullopt;
        }
        out.enough = out.enough && !is_thin(row, *fact);
        out.evidence.push_back(*fact);
    }
    return out;
}

Action advised_by(Fired const& fired) {
    return fired.enough ? fired.action : std::min(fired.action, Action::watch);
}

std::string why(Fired const& fired) {
    std::vector<std::string> facts;
    for (auto const& fact : fired.evidence) {
        facts.push_back(fact.words() + (fact.source.empty() ? "" : ": " + fact.source));
    }
    return fmt::format(
        "{} ({}){}",
        fired.reason,
        text::join(facts, ", "),
        fired.enough ? "" : fmt::format("; too few samples for more than {}", name(Action::watch)));
}

// The rows that carry the advice; the milder ones stay in the list.
std::string reason_of(Recommendation const& recommendation) {
    if (!recommendation.decided) {
        return "there is no evidence to decide by";
    }
    std::vector<std::string> parts;
    for (auto const& fired : recommendation.rows) {
        auto const action = advised_by(fired);
        bool const half = recommendation.action == Action::full &&
                          (action == Action::app || action == Action::db);
        if (action == recommendation.action || half) {
            parts.push_back(why(fired));
        }
    }
    return parts.empty() ? "nothing speaks against the deployment" : text::join(parts, "; ");
}

// Harder than consider-app.
Matrix rows_that_undo() {
    using S = Signal;
    using C = Comparison;
    return {
        {"corruption",
         {{S::data_corruption, C::above, 0}},
         Action::full,
         "data is corrupt or lost"},
        {"outage", {{S::outage, C::above, 0}}, Action::full, "nothing answers"},
        {"errors-over-10",
         {{S::error_rate, C::above, 10, enough_requests}},
         Action::full,
         "more than 10 % of the requests fail"},
        {"latency-doubled",
         {{S::latency_ratio, C::above, 2, enough_requests}},
         Action::app,
         "the latency is above twice the baseline"},
        {"health-failed",
         {{S::failed_health_checks, C::above, 0}},
         Action::app,
         "the application says that it is not healthy"},
        {"migration-failed",
         {{S::failed_migrations, C::above, 0}},
         Action::db,
         "a migration failed and is not undone"},
        {"data-check-failed",
         {{S::failed_data_checks, C::above, 0}},
         Action::db,
         "a check of the data failed"},
    };
}

// From consider-app to watch: a person decides, or time does.
Matrix rows_that_wait() {
    using S = Signal;
    using C = Comparison;
    return {
        {"errors-5-to-10",
         {{S::error_rate, C::at_least, 5, enough_requests}, {S::error_rate, C::at_most, 10}},
         Action::consider_app,
         "5 to 10 % of the requests fail"},
        {"smoke-failed",
         {{S::failed_smoke_checks, C::above, 0}},
         Action::consider_app,
         "the smoke suite fails"},
        {"tests-failed", {{S::failed_tests, C::above, 0}}, Action::consider_app, "the tests fail"},
        {"command-failed",
         {{S::failed_commands, C::above, 0}},
         Action::consider_app,
         "a command of the deployment failed"},
        {"metric-critical",
         {{S::critical_metrics, C::above, 0}},
         Action::consider_app,
         "a metric is beyond its critical limit"},
        {"metric-regressed",
         {{S::regressed_metrics, C::above, 0}},
         Action::consider_app,
         "a metric is worse than before the deployment, beyond chance"},
        {"index-vanished",
         {{S::vanished_indexes, C::above, 0}},
         Action::plan_fix,
         "an index is gone that was there before"},
        {"index-invalid",
         {{S::invalid_indexes, C::above, 0}},
         Action::plan_fix,
         "an index is invalid: it costs and does not serve"},
        {"errors-1-to-5",
         {{S::error_rate, C::at_least, 1, enough_requests}, {S::error_rate, C::below, 5}},
         Action::plan_fix,
         "1 to 5 % of the requests fail"},
        {"errors-under-1",
         {{S::error_rate, C::above, 0}, {S::error_rate, C::below, 1}},
         Action::watch,
         "less than 1 % of the requests fail"},
        {"latency-raised",
         {{S::latency_ratio, C::above, 1.5}},
         Action::watch,
         "the latency is above 1.5 times the baseline"},
        {"sessions-blocked",
         {{S::blocked_sessions, C::above, 0}},
         Action::watch,
         "sessions wait for a lock"},
        {"metric-warning",
         {{S::warning_metrics, C::above, 0}},
         Action::watch,
         "a metric is beyond its warning limit"},
    };
}

} // namespace

std::string Fact::words() const {
    auto out = fmt::format("{} {:.4g}", text::replace_all(name(signal), "_", " "), value);
    if (auto const in = unit(signal); !in.empty()) {
        out += in == "%" ? " %" : in;
    }
    if (samples) {
        out += fmt::format(" of {}", *samples);
    }
    return out;
}

Matrix const& standard_matrix() {
    static Matrix const rows = [] {
        auto out = rows_that_undo();
        auto const others = rows_that_wait();
        out.insert(out.end(), others.begin(), others.end());
        return out;
    }();
    return rows;
}

Action combine(Action a, Action b) {
    bool const both =
        (a == Action::app && b == Action::db) || (a == Action::db && b == Action::app);
    return both ? Action::full : std::max(a, b);
}

Recommendation decide(Evidence const& evidence, Matrix const& matrix) {
    for (auto const& fact : evidence) {
        if (!std::isfinite(fact.value)) {
            throw Error{
                ErrorKind::internal,
                fmt::format("the evidence {} is no number", name(fact.signal))};
        }
    }
    Recommendation out;
    out.evidence = evidence;
    out.decided = !evidence.empty();
    for (auto const& row : matrix) {
        if (auto fired = fire(row, evidence)) {
            out.action = combine(out.action, advised_by(*fired));
            out.rows.push_back(std::move(*fired));
        }
    }
    std::stable_sort(out.rows.begin(), out.rows.end(), [](Fired const& a, Fired const& b) {
        return advised_by(a) > advised_by(b);
    });
    out.reason = reason_of(out);
    return out;
}

} // namespace slipway::verdict
