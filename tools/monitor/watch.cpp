// SPDX-License-Identifier: Apache-2.0
#include "watch.hpp"

#include "findings.hpp"
#include "signal/stop.hpp"

#include <algorithm>
#include <exception>
#include <future>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

// A log in CI is read later: a line each second for two hours is not.
constexpr std::chrono::seconds told_every{10};
// What a kill may take from the record; the series has every sample.
constexpr std::chrono::seconds noted_every{60};

// A clock that is set is told; one that is slewed by NTP is not.
constexpr time::Milliseconds least_jump{2000};

void merge(Sample& into, Sample&& part) {
    into.values.merge(part.values);
    into.gaps.merge(part.gaps);
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
    auto const now = context_.clock.steady();
    auto const line = brief(judge_);
    context_.log.status_line(line);
    if (context_.log.settings().terminal) {
        return; // the status line says it
    }
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
    auto const left = std::chrono::ceil<time::Milliseconds>(at - context_.clock.steady());
    if (left.count() > 0) {
        context_.clock.sleep(left, context_.stop);
    }
    signal::throw_if_stopped(context_.stop);
}

void Watch::run() {
    auto const start = context_.clock.steady();
    auto const end = start + options_.duration;
    noted_at_ = start;
    auto next = start;
    for (;;) {
        take(look());
        auto const now = context_.clock.steady();
        if (now >= end) {
            break;
        }
        // Samples that a slow one has overrun are left out, not made up for in a burst.
        while (next <= now) {
            next += options_.every;
        }
        sleep_until(std::min(next, end));
    }
    context_.log.status_line("");
    on_change_.finish();
}

} // namespace slipway::monitor
