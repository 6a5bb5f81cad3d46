// SPDX-License-Identifier: Apache-2.0
#include "window.hpp"

#include <algorithm>
#include <array>

namespace slipway::monitor {

namespace {

constexpr std::size_t most_items = 1000;
// A ratio over less traffic says nothing: a single rollback of ten transactions is 10 %.
constexpr double least_transactions = 100;
constexpr double least_block_reads = 10'000;

std::array<std::string, 5> const counters{
    "pg.commits_total",
    "pg.rollbacks_total",
    "pg.deadlocks_total",
    "pg.blocks_read_total",
    "pg.blocks_hit_total"};

// Of later versions of this tool: a series of an earlier one has them not.
constexpr std::array<char const*, 3> optional_counters{
    "pg.wal_total",
    "pg.temp_bytes_total",
    "pg.archive_failures_total"};

} // namespace

void RequestWindow::add(time::Instant at, Answer const& answer) {
    bool const limited = answer.status == too_many_requests && !answer.expected;
    items_.push_back({at, answer.ms, answer.expected, limited});
    limited_ += limited ? 1U : 0U;
    errors_ += !limited && !answer.expected ? 1U : 0U;
    if (items_.size() > most_items) {
        drop_first();
    }
}

void RequestWindow::move_to(time::Instant now) {
    while (!items_.empty() && items_.front().at < now - length_) {
        drop_first();
    }
}

void RequestWindow::drop_first() {
    auto const& first = items_.front();
    limited_ -= first.limited ? 1U : 0U;
    errors_ -= !first.limited && !first.expected ? 1U : 0U;
    items_.pop_front();
}

std::vector<double> RequestWindow::latencies() const {
    std::vector<double> out;
    for (auto const& item : items_) {
        if (item.expected) {
            out.push_back(item.ms);
        }
    }
    return out;
}

void CounterWindow::add(Sample const& sample) {
    Item item{sample.at, {}, 0, 0};
    for (auto const& name : counters) {
        auto const found = sample.values.find(name);
        if (found == sample.values.end()) {
            return;
        }
        item.counters[name] = found->second;
    }
    for (auto const* const name : optional_counters) {
        if (auto const found = sample.values.find(name); found != sample.values.end()) {
            item.counters[name] = found->second;
        }
    }
    auto const value = [&](char const* name) {
        auto const found = sample.values.find(name);
        return found == sample.values.end() ? 0.0 : found->second;
    };
    item.reset = value("pg.stats_reset");
    item.started = value("pg.started");
    if (started_ && item.started > *started_ + 1) { // computed from an age: it wavers
        ++restarts_;
    }
    started_ = item.started;
    bool const is_void =
        !items_.empty() &&
        (item.reset != items_.back().reset || item.started > items_.back().started + 1 ||
         std::any_of(counters.begin(), counters.end(), [&](std::string const& name) {
             return item.counters[name] < items_.back().counters.at(name);
         }));
    if (is_void) {
        items_.clear();
    }
    items_.push_back(std::move(item));
    while (items_.size() > most_items ||
           (items_.size() > 2 && items_.front().at < sample.at - length_)) {
        items_.pop_front();
    }
}

double CounterWindow::rise(std::string const& counter) const {
    return items_.back().counters.at(counter) - items_.front().counters.at(counter);
}

std::map<std::string, double> CounterWindow::rates() const {
    std::map<std::string, double> out;
    if (items_.size() < 2) {
        return out;
    }
    std::chrono::duration<double> const seconds = items_.back().at - items_.front().at;
    if (seconds.count() <= 0) {
        return out;
    }
    double const commits = rise("pg.commits_total");
    double const rollbacks = rise("pg.rollbacks_total");
    double const hit = rise("pg.blocks_hit_total");
    double const blocks = hit + rise("pg.blocks_read_total");
    // One deadlock within the first second is not sixty a minute.
    out["pg.deadlocks"] = rise("pg.deadlocks_total") / std::max(1.0, seconds.count() / 60);
    out["pg.transaction_rate"] = (commits + rollbacks) / seconds.count();
    auto const optional_rise = [&](char const* name) -> std::optional<double> {
        auto const now = items_.back().counters.find(name);
        auto const then = items_.front().counters.find(name);
        if (now == items_.back().counters.end() || then == items_.front().counters.end() ||
            now->second < then->second) {
            return std::nullopt;
        }
        return now->second - then->second;
    };
    if (auto const wal = optional_rise("pg.wal_total")) {
        out["pg.wal_rate"] = *wal / seconds.count();
    }
    if (auto const temp = optional_rise("pg.temp_bytes_total")) {
        out["pg.temp_rate"] = *temp / seconds.count();
    }
    if (auto const failures = optional_rise("pg.archive_failures_total")) {
        out["pg.archive_failures"] = *failures;
    }
    if (commits + rollbacks >= least_transactions) {
        out["pg.rollback_ratio"] = 100 * rollbacks / (commits + rollbacks);
    }
    if (blocks >= least_block_reads) {
        out["pg.cache_hit_ratio"] = 100 * hit / blocks;
    }
    return out;
}

} // namespace slipway::monitor
