// SPDX-License-Identifier: Apache-2.0
#include "log_source.hpp"

#include "fingerprint.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <thread>

namespace slipway::monitor {

namespace {

constexpr std::size_t most_groups = 50;
constexpr std::size_t longest_text = 600;
// A trace is written within that time, or its rest counts as an event of its own.
constexpr std::chrono::milliseconds settling{100};

} // namespace

LogSource::LogSource(
    std::string name,
    std::unique_ptr<LogFeed> feed,
    Classifier classifier,
    LogReading reading)
    : name_(std::move(name)), gap_name_("log." + name_), feed_(std::move(feed)),
      classifier_(std::move(classifier)), reading_(std::move(reading)),
      folder_([this](std::string_view event) { take(event); }) {}

void LogSource::resume(std::map<std::string, std::string> const& positions) {
    if (auto const found = positions.find(name_); found != positions.end()) {
        position_ = found->second;
        feed_->resume(position_);
    }
}

void LogSource::take(std::string_view event) {
    LogEntry entry;
    auto const class_name = classifier_.classify(event, entry);
    if (class_name.empty()) {
        return;
    }
    ++now_.classes[std::string{class_name}];
    auto const shown = without_secrets(reading_.redact(entry.text));
    auto const print = fingerprint(class_name, shown);
    auto const known =
        std::find_if(now_.groups.begin(), now_.groups.end(), [&](LogGroup const& group) {
            return group.fingerprint == print;
        });
    if (known != now_.groups.end()) {
        ++known->count;
    } else if (now_.groups.size() < most_groups) {
        now_.groups.push_back(
            {print,
             std::string{class_name},
             text::shorten(text::printable(shown), longest_text),
             1});
    } else {
        ++now_.ungrouped;
    }
}

void LogSource::read(Allowance const& allowance, std::string& gap) {
    auto const fed = feed_->read(folder_, allowance);
    now_.bytes += fed.bytes;
    now_.lost_bytes += fed.lost_bytes;
    now_.behind_bytes = fed.behind_bytes;
    now_.note += (now_.note.empty() || fed.note.empty() ? "" : "; ") + fed.note;
    gap += (gap.empty() || fed.gap.empty() ? "" : "; ") + fed.gap;
    if (fed.bytes == 0) {
        folder_.cut();
    }
}

void LogSource::look(Sample& sample) {
    now_ = {};
    now_.source = name_;
    now_.may_be_silent = reading_.may_be_silent;
    for (auto const& each : classifier_.classes()) {
        now_.classes[each.name] = 0;
    }
    Allowance allowance{reading_.bytes, reading_.deadline.sooner(reading_.timeout), reading_.stop};
    auto const lines_before = folder_.lines();
    std::string gap;
    try {
        read(allowance, gap);
        if (folder_.held() && now_.bytes < allowance.bytes) {
            std::this_thread::sleep_for(settling);
            allowance.bytes -= now_.bytes;
            read(allowance, gap);
        }
        position_ = feed_->position(folder_.held());
    } catch (Error const& error) {
        signal::throw_if_stopped(reading_.stop);
        if (error.kind() == ErrorKind::internal) {
            throw;
        }
        gap += (gap.empty() ? "" : "; ") + error.message();
    }
    now_.lines = folder_.lines() - lines_before;
    now_.position = position_;
    if (!gap.empty()) {
        sample.gaps[gap_name_] = gap;
    }
    sample.logs.push_back(std::move(now_));
}

} // namespace slipway::monitor
