// SPDX-License-Identifier: Apache-2.0
#include "watch.hpp"

#include "dashboard.hpp"
#include "findings.hpp"
#include "fs/file.hpp"
#include "open_metrics.hpp"
#include "signal/stop.hpp"

#include <algorithm>
#include <exception>
#include <future>

#include <sys/ioctl.h>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

// A log in CI is read later: a line each second for two hours is not.
constexpr std::chrono::seconds told_every{10};
constexpr time::Milliseconds resize_looked_at_every{250};
// What a kill may take from the record; the series has every sample.
constexpr std::chrono::seconds noted_every{60};

// A clock that is set is told; one that is slewed by NTP is not.
constexpr time::Milliseconds least_jump{2000};

void merge(Sample& into, Sample&& part) {
    into.values.merge(part.values);
    into.gaps.merge(part.gaps);
    into.names.merge(part.names);
    if (part.indexes) {
        into.indexes = std::move(part.indexes);
    }
    std::move(part.answers.begin(), part.answers.end(), std::back_inserter(into.answers));
    std::move(part.waits.begin(), part.waits.end(), std::back_inserter(into.waits));
    std::move(part.logs.begin(), part.logs.end(), std::back_inserter(into.logs));
    if (!part.largest_table.empty()) {
        into.largest_table = std::move(part.largest_table);
    }
}

} // namespace

Watch::Watch(
    Options const& options,
    tool::Context& context,
    Sources sources,
    Series& series,
    Judge& judge,
    std::function<void()> note)
    : options_(options), context_(context), sources_(std::move(sources)), series_(series),
      judge_(judge), note_(std::move(note)), on_change_(options.on_change, context) {}

// Two looks are as far apart by the civil clock as by the one that never jumps.
void Watch::note_clock(Sample& sample) {
    auto const steady = context_.clock.steady();
    if (looked_) {
        auto const passed =
            std::chrono::duration_cast<time::Milliseconds>(steady - looked_->second);
        auto const jump = sample.at - looked_->first - passed;
        if (std::chrono::abs(jump) >= least_jump) {
            sample.gaps["clock"] = fmt::format("it jumped by {:+} s", jump.count() / 1000);
        }
    }
    looked_ = {sample.at, steady};
}

Sample Watch::look() {
    Sample sample;
    sample.at = context_.clock.now();
    note_clock(sample);
    std::vector<std::future<Sample>> parts;
    for (auto const& source : sources_) {
        parts.push_back(std::async(std::launch::async, [&each = *source] {
            Sample part;
            each.look(part);
            return part;
        }));
    }
    // All are waited for before any of their errors is thrown: they use what we own.
    std::exception_ptr failure;
    for (auto& part : parts) {
        try {
            merge(sample, part.get());
        } catch (...) {
            failure = std::current_exception();
        }
    }
    signal::throw_if_stopped(context_.stop);
    if (failure) {
        std::rethrow_exception(failure);
    }
    return sample;
}

// A gap is told when it begins and when it ends, however seldom the state is told.
void Watch::tell_gaps(Sample const& sample) {
    for (auto const& [source, why] : sample.gaps) {
        if (!gaps_.contains(source)) {
            context_.log.warning(fmt::format("{}: {}", source, why));
        }
    }
    for (auto const& each : gaps_) {
        if (!sample.gaps.contains(each.first) && each.first != "clock") {
            context_.log.info(each.first + " is seen again");
        }
    }
    gaps_ = sample.gaps;
}

void Watch::take(Sample const& sample) {
    series_.append(context_.redactor.redact(to_line(sample)));
    tell_gaps(sample);
    auto const before = judge_.state();
    auto const changes = judge_.add(sample);
    tell(changes);
    on_change_.go_on();
    if (judge_.state() != before) {
        report_change(before);
    } else if (context_.clock.steady() - noted_at_ >= noted_every) {
        note_();
        context_.checkpoint();
        noted_at_ = context_.clock.steady();
    }
}

void Watch::tell(std::vector<Change> const& changes) {
    for (auto const& change : changes) {
        auto const line = words(change, judge_);
        switch (change.to) {
        case verdict::State::normal:
            context_.log.info(line);
            break;
        case verdict::State::warning:
            context_.log.warning(line);
            break;
        case verdict::State::critical:
            context_.log.error(line);
            break;
        }
    }
    for (auto const& line : judge_.news()) {
        context_.log.warning(line);
    }
    auto const now = context_.clock.steady();
    if (context_.log.settings().terminal) {
        draw();
        return;
    }
    auto const line = brief(judge_);
    if (!changes.empty() || judge_.samples() == 1 || now - told_at_ >= told_every) {
        context_.log.info(line);
        told_at_ = now;
    }
}

void Watch::report_change(verdict::State before) {
    note_();
    context_.checkpoint();
    noted_at_ = context_.clock.steady();
    // Still running: a snapshot is news, and no evidence for a step that comes later.
    auto snapshot = context_.record;
    snapshot.status = record::Status::running;
    snapshot.summary = brief(judge_);
    std::string from{name(before)};
    std::string to{name(judge_.state())};
    auto summary = snapshot.summary;
    on_change_.report(std::move(from), std::move(to), std::move(summary), std::move(snapshot));
}

void Watch::sleep_until(time::Steady at) {
    bool const terminal = context_.log.settings().terminal;
    for (;;) {
        auto const left = std::chrono::ceil<time::Milliseconds>(at - context_.clock.steady());
        if (left.count() <= 0) {
            break;
        }
        context_.clock.sleep(
            terminal ? std::min(left, resize_looked_at_every) : left, context_.stop);
        signal::throw_if_stopped(context_.stop);
        if (terminal) {
            draw(true);
        }
    }
    signal::throw_if_stopped(context_.stop);
}

void Watch::draw(bool resized_only) {
    winsize size{};
    View view;
    if (::ioctl(context_.log.settings().fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        view.columns = size.ws_col;
        view.rows = size.ws_row;
    }
    if (resized_only && view.columns == columns_) {
        return;
    }
    columns_ = view.columns;
    view.elapsed = std::chrono::floor<std::chrono::seconds>(context_.clock.steady() - began_);
    view.whole = options_.duration;
    context_.log.status_lines(dashboard(judge_, view), view.columns);
}

// For who reads the metrics from outside.
void Watch::publish() {
    if (options_.openmetrics.empty() && !server_) {
        return;
    }
    auto const text = context_.redactor.redact(open_metrics(judge_));
    if (!options_.openmetrics.empty()) {
        try {
            fs::write_replacing(options_.openmetrics, text);
        } catch (Error const& error) {
            // A full disk there is no reason to stop watching.
            if (!unwritable_) {
                context_.log.warning("the metrics are not written: " + error.message());
            }
            unwritable_ = true;
        }
    }
    if (server_) {
        server_->show(text);
    }
}

// A log in CI is folded by the hour.
void Watch::begin_hour() {
    auto const hour =
        std::chrono::duration_cast<std::chrono::hours>(context_.clock.steady() - began_).count();
    if (context_.log.settings().terminal || hour == hour_) {
        return;
    }
    if (hour_ >= 0) {
        context_.log.end_group();
    }
    hour_ = hour;
    context_.log.begin_group(fmt::format("monitor: hour {}", hour + 1));
}

void Watch::run() {
    auto const start = context_.clock.steady();
    began_ = start;
    if (!options_.listen.empty()) {
        server_ = std::make_unique<MetricsServer>(options_.listen);
        context_.log.info("metrics are at " + server_->url());
    }
    auto const end = start + options_.duration;
    noted_at_ = start;
    auto next = start;
    // Also where a stop is thrown, the dashboard goes and the log's last group ends.
    struct Clean {
        Watch& watch;
        ~Clean() {
            watch.context_.log.status_line("");
            if (watch.hour_ >= 0) {
                watch.context_.log.end_group();
            }
        }
    } const clean{*this};
    for (;;) {
        begin_hour();
        take(look());
        publish();
        auto const now = context_.clock.steady();
        if (now >= end || (options_.until_decided && judge_.decided())) {
            break;
        }
        // Samples that a slow one has overrun are left out, not made up for in a burst.
        while (next <= now) {
            next += options_.every;
        }
        sleep_until(std::min(next, end));
    }
    on_change_.finish();
}

} // namespace slipway::monitor
