// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include "stats/quantile.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

constexpr std::size_t most_changes = 200;
constexpr std::size_t most_recent = 60;
constexpr std::size_t most_waits = 20;
constexpr std::size_t most_events = 200;
// A baseline of one or two sessions doubles with the next visitor.
constexpr double least_usual_sessions = 5;

std::string class_of(Answer const& answer) {
    return answer.status == 0 ? "none" : fmt::format("{}xx", answer.status / 100);
}

double percent(std::size_t part, std::size_t whole) {
    return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

} // namespace

Judge::Judge(
    Profile profile,
    std::optional<Baseline> baseline,
    time::Milliseconds window,
    WatchLength length)
    : profile_(std::move(profile)), baseline_(std::move(baseline)), length_(window), watch_(length),
      counters_(window) {}

void Judge::begin(Start const& start) {
    start_ = start;
    counters_.forget();
    readings_.forget();
    if (baseline_ && !comparison_) {
        auto const every = std::max<time::Milliseconds::rep>(1, start.every.count());
        auto const usual_warm_up =
            std::min<time::Milliseconds>(std::chrono::minutes{2}, watch_.whole / 10);
        comparison_.emplace(
            *baseline_,
            Comparison::Plan{
                static_cast<std::size_t>(watch_.whole.count() / every),
                std::min(length_, watch_.whole / 4),
                watch_.warm_up.value_or(usual_warm_up)});
    }
    for (auto& each : requests_) {
        each.second.errors_of_run = 0;
        each.second.counted_of_run = 0;
    }
    for (auto& each : tracks_) {
        auto const& hysteresis = each.second.hysteresis;
        each.second.worst = hysteresis ? hysteresis->state() : verdict::State::normal;
    }
    for (auto const& endpoint : start.endpoints) {
        requests_.try_emplace(endpoint.name);
    }
    if (!start.database.empty()) {
        tallies_.try_emplace("postgres");
    }
    if (!start.endpoints.empty()) {
        tallies_.try_emplace("http");
    }
    for (auto const& source : start.sources) {
        tallies_.try_emplace(source);
    }
    for (auto& each : logs_) {
        each.second.begin();
    }
}

std::vector<Change> Judge::add(Sample const& sample) {
    fresh_.clear();
    news_.clear();
    if (samples_++ == 0) {
        first_at_ = sample.at;
    }
    last_ = sample;
    follow_clock(sample);
    count_sources(sample);
    take_answers(sample);
    take_postgres(sample);
    take_logs(sample);
    take_figures(sample);
    note_waits(sample);
    compare(sample);
    note_indexes(sample);
    for (auto const& [metric, object] : sample.names) {
        names_[metric] = object;
    }
    for (auto const& change : fresh_) {
        if (changes_.size() < most_changes) {
            changes_.push_back(change);
        } else {
            ++changes_left_out_;
        }
    }
    return fresh_;
}

void Judge::compare(Sample const& sample) {
    auto const readings = readings_.of(sample);
    if (auto const mean = readings.find({"pg.statement_time", ""}); mean != readings.end()) {
        take(mean->first, mean->second);
    }
    if (!comparison_) {
        return;
    }
    for (auto const& key : comparison_->add(sample.at, readings)) {
        auto const& line = comparison_->lines().at(key);
        news_.push_back(fmt::format(
            "{} is {} beside the baseline: {}",
            key.text(),
            name(line.verdict),
            comparison_->words(key, line)));
    }
}

// An index that went with its table is no loss.
void Judge::note_indexes(Sample const& sample) {
    if (!sample.indexes) {
        return;
    }
    std::map<std::string, std::string> now;
    std::set<std::string> tables;
    for (auto const& each : *sample.indexes) {
        tables.insert(each.table);
        if (!each.index.empty()) {
            now[each.index] = each.table;
        }
    }
    bool const first = indexes_.empty() && events_.empty() && baseline_;
    for (auto const& [index, table] : first ? baseline_->indexes() : indexes_) {
        if (!now.contains(index) && tables.contains(table)) {
            news_.push_back(fmt::format("the index {} on {} has vanished", index, table));
            if (events_.size() < most_events) {
                events_.push_back({sample.at, "index-vanished", index, table});
            }
        }
    }
    indexes_ = std::move(now);
}

std::string Judge::name_of(std::string const& metric) const {
    auto const found = names_.find(metric);
    return found == names_.end() ? "" : found->second;
}

bool Judge::decided() const {
    auto const now = state();
    return now == verdict::State::critical || (now == verdict::State::normal && comparison_ &&
                                               comparison_->verdict() == Verdict::healthy);
}

// What lies on the two sides of a jump is not so and so far apart: the windows begin anew.
void Judge::follow_clock(Sample const& sample) {
    auto const jump = sample.gaps.find("clock");
    if (jump == sample.gaps.end()) {
        return;
    }
    ++clock_jumps_.gaps;
    clock_jumps_.last_gap = jump->second;
    windows_.clear();
    counters_.forget();
    for (auto& each : logs_) {
        each.second.begin();
    }
}

void Judge::count_sources(Sample const& sample) {
    for (auto& [source, tally] : tallies_) {
        auto const gap = sample.gaps.find(source);
        if (gap != sample.gaps.end()) {
            ++tally.gaps;
            tally.last_gap = gap->second;
        } else {
            ++tally.samples;
        }
    }
}

void Judge::take(Key key, double value) {
    auto const [at, is_new] = tracks_.try_emplace(key);
    auto& track = at->second;
    if (is_new) {
        track.entry = profile_.entry(key);
        if (track.entry.threshold) {
            track.hysteresis.emplace(*track.entry.threshold);
        }
    }
    track.last = value;
    track.recent.push_back(value);
    if (track.recent.size() > most_recent) {
        track.recent.pop_front();
    }
    track.sketch.add(value);
    track.points.add(last_.at, value);
    if (track.hysteresis) {
        auto const before = track.hysteresis->state();
        auto const now = track.hysteresis->add(value);
        track.worst = std::max(track.worst, now);
        if (now != before) {
            fresh_.push_back({last_.at, std::move(key), before, now, value});
        }
    }
}

void Judge::take_answers(Sample const& sample) {
    struct Seen {
        std::optional<std::int64_t> remaining;
        bool right = false;
        bool limited = true; // all of them
    };
    std::map<std::string, Seen> asked;
    bool silent = true;
    for (auto const& answer : sample.answers) {
        auto& window = windows_.try_emplace(answer.endpoint, length_).first->second;
        window.move_to(sample.at);
        window.add(sample.at, answer);
        auto& requests = requests_[answer.endpoint];
        ++requests.made;
        ++requests.classes[class_of(answer)];
        bool const limited = answer.status == too_many_requests && !answer.expected;
        bool const wrong = !limited && !answer.expected;
        requests.limited += limited ? 1 : 0;
        requests.errors += wrong ? 1 : 0;
        requests.errors_of_run += wrong ? 1 : 0;
        requests.counted_of_run += limited ? 0 : 1;
        if (!answer.expected) {
            requests.last_fault =
                answer.fault.empty() ? fmt::format("answers {}", answer.status) : answer.fault;
        } else {
            take({"http.latency", answer.endpoint}, answer.ms);
        }
        auto& seen = asked[answer.endpoint];
        seen.remaining = answer.remaining;
        seen.right = seen.right || answer.expected;
        seen.limited = seen.limited && limited;
        silent = silent && answer.status == 0;
    }
    for (auto const& [endpoint, seen] : asked) {
        if (seen.right || !seen.limited) {
            take({"http.up", endpoint}, seen.right ? 1 : 0);
        }
        derive_http(endpoint);
        if (seen.remaining) {
            take({"http.rate_limit_remaining", endpoint}, static_cast<double>(*seen.remaining));
        }
    }
    if (!sample.answers.empty()) {
        silent_ = silent ? silent_ + 1 : 0;
    }
}

void Judge::derive_http(std::string const& endpoint) {
    auto const& window = windows_.at(endpoint);
    auto const all = window.requests() + window.limited();
    if (all >= least_requests) {
        take({"http.rate_limited", endpoint}, percent(window.limited(), all));
    }
    if (window.requests() >= least_requests) {
        take({"http.error_rate", endpoint}, percent(window.errors(), window.requests()));
    }
    auto const latencies = window.latencies();
    if (latencies.size() < least_requests) {
        return;
    }
    take({"http.latency_p50", endpoint}, stats::quantile(latencies, 0.5));
    double const p95 = stats::quantile(latencies, 0.95);
    take({"http.latency_p95", endpoint}, p95);
    if (latencies.size() >= least_requests_p99) {
        take({"http.latency_p99", endpoint}, stats::quantile(latencies, 0.99));
    }
    derive_ratio(endpoint, p95);
}

void Judge::derive_ratio(std::string const& endpoint, double p95) {
    auto const* const usual = baseline_ ? baseline_->find({"http.latency", endpoint}) : nullptr;
    if (usual != nullptr && usual->count >= static_cast<std::int64_t>(least_requests) &&
        usual->p95 > 0) {
        take({"http.latency_ratio", endpoint}, p95 / usual->p95);
    }
}

void Judge::take_postgres(Sample const& sample) {
    for (auto const& metric : all_metrics()) {
        auto const found = sample.values.find(std::string{metric.name});
        if (found != sample.values.end()) {
            take({found->first, ""}, found->second);
        }
    }
    auto const connections = sample.values.find("pg.connections");
    auto const* const usual = baseline_ ? baseline_->find({"pg.connections", ""}) : nullptr;
    if (connections != sample.values.end() && usual != nullptr &&
        usual->p50 >= least_usual_sessions) {
        take({"pg.connections_ratio", ""}, connections->second / usual->p50);
    }
    if (auto const privileged = sample.values.find("pg.privileged");
        privileged != sample.values.end()) {
        blind_ = privileged->second == 0;
    }
    if (sample.values.contains("pg.commits_total")) {
        counters_.add(sample);
        for (auto const& [name, value] : counters_.rates()) {
            take({name, ""}, value);
        }
    }
    if (!sample.largest_table.empty()) {
        largest_table_ = sample.largest_table;
    }
}

void Judge::take_logs(Sample const& sample) {
    for (auto const& read : sample.logs) {
        auto& book = logs_.try_emplace(read.source, length_).first->second;
        auto const* const known = known_events(read.source);
        book.add(sample.at, read, known);
        if (sample.gaps.contains("log." + read.source) && read.lines == 0) {
            continue; // nothing was seen, which is not that there is nothing
        }
        take({"log.lines", read.source}, book.line_rate());
        take({"log.behind", read.source}, static_cast<double>(read.behind_bytes));
        double events = 0;
        for (auto const& [name, rate] : book.rates()) {
            take({"log.class", read.source + "." + name}, rate);
            events += rate;
        }
        take({"log.events", read.source}, events);
        auto const panic = read.classes.find("panic");
        if (panic != read.classes.end()) {
            take({"log.panics", read.source}, static_cast<double>(panic->second));
        }
        if (known != nullptr) {
            take({"log.new_events", read.source}, static_cast<double>(book.recent_new()));
        }
    }
}

// What the user's own sources gave: `sql.value/logins`.
void Judge::take_figures(Sample const& sample) {
    for (auto const& [name, value] : sample.values) {
        auto const slash = name.find('/');
        if (slash != std::string::npos && is_figure(name.substr(0, slash))) {
            take({name.substr(0, slash), name.substr(slash + 1)}, value);
        }
    }
}

void Judge::note_waits(Sample const& sample) {
    for (auto const& wait : sample.waits) {
        auto const known = std::find_if(waits_.begin(), waits_.end(), [&](Wait const& other) {
            return other.pid == wait.pid && other.relation == wait.relation &&
                   other.lock_mode == wait.lock_mode;
        });
        if (known == waits_.end()) {
            waits_.push_back(wait);
        } else if (wait.waited_ms >= known->waited_ms) {
            *known = wait;
        }
    }
    std::stable_sort(waits_.begin(), waits_.end(), [](Wait const& a, Wait const& b) {
        return a.waited_ms > b.waited_ms;
    });
    waits_.resize(std::min(waits_.size(), most_waits));
}

verdict::State Judge::state() const {
    if (comparison_ && comparison_->verdict() == Verdict::regressed) {
        return verdict::State::critical;
    }
    auto worst = verdict::State::normal;
    for (auto const& [key, track] : tracks_) {
        if (track.hysteresis) {
            worst = std::max(worst, track.hysteresis->state());
        }
    }
    return worst;
}

Track const* Judge::track(Key const& key) const {
    auto const found = tracks_.find(key);
    return found == tracks_.end() ? nullptr : &found->second;
}

RequestWindow const* Judge::window(std::string const& endpoint) const {
    auto const found = windows_.find(endpoint);
    return found == windows_.end() ? nullptr : &found->second;
}

} // namespace slipway::monitor
