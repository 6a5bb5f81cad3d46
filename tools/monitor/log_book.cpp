// SPDX-License-Identifier: Apache-2.0
#include "log_book.hpp"

#include <algorithm>

namespace slipway::monitor {

namespace {

constexpr std::size_t most_groups_kept = 500;
constexpr std::size_t most_notes = 50;
constexpr std::size_t most_recent_events = 1000;

} // namespace

void LogBook::add(time::Instant at, LogRead const& read, std::set<std::string> const* known) {
    Recent recent{at, read.classes, read.lines, 0};
    totals_.source = read.source;
    totals_.lines += read.lines;
    totals_.bytes += read.bytes;
    totals_.lost_bytes += read.lost_bytes;
    totals_.behind_bytes = read.behind_bytes;
    totals_.may_be_silent = read.may_be_silent;
    totals_.position = read.position;
    groups_left_out_ += read.ungrouped;
    for (auto const& [name, count] : read.classes) {
        totals_.classes[name] += count;
    }
    if (!read.note.empty() && notes_.size() < most_notes) {
        notes_.emplace_back(at, read.note);
    }
    for (auto const& each : read.groups) {
        auto found = groups_.find(each.fingerprint);
        bool const is_new = known != nullptr && !known->contains(each.fingerprint);
        if (found == groups_.end()) {
            if (groups_.size() >= most_groups_kept) {
                groups_left_out_ += each.count;
                continue;
            }
            found =
                groups_
                    .emplace(
                        each.fingerprint,
                        EventGroup{each.fingerprint, each.class_name, each.text, 0, at, at, is_new})
                    .first;
            new_groups_ += is_new ? 1 : 0;
        }
        found->second.count += each.count;
        found->second.last_at = at;
        recent.fresh += is_new ? each.count : 0;
    }
    recent_.push_back(std::move(recent));
    while (recent_.size() > most_recent_events ||
           (recent_.size() > 1 && recent_.front().at < at - window_)) {
        recent_.pop_front();
    }
}

// From the first sample of the window on, which itself told of what was before it.
double LogBook::minutes() const {
    if (recent_.empty()) {
        return 1;
    }
    std::chrono::duration<double, std::ratio<60>> const length =
        recent_.back().at - recent_.front().at;
    return std::max(1.0, length.count());
}

std::map<std::string, double> LogBook::rates() const {
    std::map<std::string, double> out;
    for (auto const& each : recent_) {
        for (auto const& [name, count] : each.classes) {
            out[name] += static_cast<double>(count) / minutes();
        }
    }
    return out;
}

double LogBook::line_rate() const {
    double out = 0;
    for (auto const& each : recent_) {
        out += static_cast<double>(each.lines);
    }
    return out / minutes();
}

std::int64_t LogBook::recent_new() const {
    std::int64_t out = 0;
    for (auto const& each : recent_) {
        out += each.fresh;
    }
    return out;
}

std::vector<EventGroup> LogBook::groups() const {
    std::vector<EventGroup> out;
    for (auto const& each : groups_) {
        out.push_back(each.second);
    }
    std::stable_sort(out.begin(), out.end(), [](EventGroup const& a, EventGroup const& b) {
        return a.is_new != b.is_new ? a.is_new : a.count > b.count;
    });
    return out;
}

} // namespace slipway::monitor
