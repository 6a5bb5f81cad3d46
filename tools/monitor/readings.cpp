// SPDX-License-Identifier: Apache-2.0
#include "readings.hpp"

#include "stats/quantile.hpp"
#include "window.hpp"

#include <algorithm>
#include <array>

namespace slipway::monitor {

namespace {

constexpr std::size_t most_kept = 500;
constexpr double least_of_a_sample = 20; // of one sample, for a share of them
constexpr double least_calls = 20;

// Where bad values are rare by nature, the limit is taken higher: one failed request in a sample of
// five is then news, and not what one sample in five is allowed.
constexpr double usually = 0.8;
constexpr double nearly_always = 0.95;

constexpr std::array<Gate, 6> gates{{
    {"http.latency", {usually, 1.1, 1}},
    {"http.error_rate", {nearly_always, 1, 0}, 0.2},
    {"pg.connections", {usually, 1.5, 2}},
    {"pg.longest_blocked", {nearly_always, 1, 1}, 0.2},
    {"pg.rollback_ratio", {nearly_always, 1, 1}, 0.2, false},
    {"pg.statement_time", {usually, 1.5, 0.1}, 0.5, false},
}};

void add_answers(Sample const& sample, std::map<Key, double>& out) {
    struct Seen {
        std::vector<double> right;
        double wrong = 0;
        double counted = 0;
    };
    std::map<std::string, Seen> seen;
    for (auto const& answer : sample.answers) {
        if (answer.status == too_many_requests && !answer.expected) {
            continue;
        }
        auto& of = seen[answer.endpoint];
        of.counted += 1;
        if (answer.expected) {
            of.right.push_back(answer.ms);
        } else {
            of.wrong += 1;
        }
    }
    for (auto& [endpoint, of] : seen) {
        out[{"http.error_rate", endpoint}] = 100 * of.wrong / of.counted;
        if (!of.right.empty()) {
            out[{"http.latency", endpoint}] = stats::quantile(std::move(of.right), 0.5);
        }
    }
}

} // namespace

std::span<Gate const> all_gates() {
    return gates;
}

Gate const* find_gate(std::string_view metric) {
    auto const* const found = std::find_if(
        gates.begin(), gates.end(), [&](Gate const& gate) { return gate.metric == metric; });
    return found == gates.end() ? nullptr : found;
}

void Readings::add_counters(Sample const& sample, std::map<Key, double>& out) {
    auto const rise = [&](char const* name) -> std::optional<double> {
        auto const now = sample.values.find(name);
        auto const then = before_.find(name);
        if (now == sample.values.end() || then == before_.end() || now->second < then->second) {
            return std::nullopt;
        }
        return now->second - then->second;
    };
    auto const same = [&](char const* name) {
        auto const now = sample.values.find(name);
        auto const then = before_.find(name);
        return now != sample.values.end() && then != before_.end() && now->second == then->second;
    };
    auto const commits = rise("pg.commits_total");
    auto const rollbacks = rise("pg.rollbacks_total");
    if (commits && rollbacks && same("pg.stats_reset") &&
        *commits + *rollbacks >= least_of_a_sample) {
        out[{"pg.rollback_ratio", ""}] = 100 * *rollbacks / (*commits + *rollbacks);
    }
    auto const calls = rise("pg.statement_calls_total");
    auto const ms = rise("pg.statement_ms_total");
    if (calls && ms && *calls >= least_calls) {
        out[{"pg.statement_time", ""}] = *ms / *calls;
    }
    if (sample.values.contains("pg.commits_total")) {
        before_ = sample.values;
    }
}

std::map<Key, double> Readings::of(Sample const& sample) {
    std::map<Key, double> out;
    add_answers(sample, out);
    for (auto const* const name : {"pg.connections", "pg.longest_blocked"}) {
        if (auto const found = sample.values.find(name); found != sample.values.end()) {
            out[{name, ""}] = found->second;
        }
    }
    add_counters(sample, out);
    for (auto const& [key, value] : out) {
        auto& kept = kept_[key];
        kept.push_back(value);
        if (kept.size() > most_kept) {
            kept.pop_front();
        }
    }
    return out;
}

} // namespace slipway::monitor
