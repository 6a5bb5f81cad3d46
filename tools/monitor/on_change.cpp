// SPDX-License-Identifier: Apache-2.0
#include "on_change.hpp"

#include "fs/temp_folder.hpp"
#include "own_variables.hpp"
#include "proc/command.hpp"
#include "record/write.hpp"
#include "text/join.hpp"

#include <chrono>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

constexpr std::chrono::seconds longest_run{60};
// A stop of the run leaves five seconds for everything.
constexpr std::chrono::seconds grace{2};
constexpr std::size_t longest_told = 200;

} // namespace

OnChange::OnChange(std::string command, tool::Context& context)
    : command_(std::move(command)), context_(context) {}

OnChange::Ended OnChange::run(Change const& change) const {
    try {
        fs::TempFolder const folder{"slipway-change-"};
        auto const file = folder.path() / "monitor.json";
        record::write(change.snapshot, file, context_.redactor);
        proc::Command command;
        command.program = "/bin/sh";
        command.arguments = {"-c", command_};
        command.environment = {
            {"SLIPWAY_CHANGE_RECORD", file.string()},
            {"SLIPWAY_CHANGE_FROM", change.from},
            {"SLIPWAY_CHANGE_TO", change.to},
            {"SLIPWAY_CHANGE_SUMMARY", context_.redactor.redact(change.summary)}};
        command.remove_environment = own_variables();
        command.on_output = [](std::string_view) {
        }; // stdout is for our own line
        command.timeout = longest_run;
        command.grace = grace;
        auto const outcome = proc::run(command, context_.stop);
        auto const tail = text::shorten(text::trim(outcome.error_tail), longest_told);
        return {outcome.ok(), outcome.how() + (tail.empty() ? "" : ": " + tail)};
    } catch (Error const& error) {
        return {false, error.message()};
    }
}

void OnChange::start(Change change) {
    ++runs_;
    running_ =
        std::async(std::launch::async, [this, taken = std::move(change)] { return run(taken); });
}

void OnChange::take_end() {
    auto const ended = running_.get();
    if (!ended.ok && !context_.stop.stop_requested()) {
        ++failures_;
        context_.log.warning(fmt::format("the command of --on-change failed: {}", ended.how));
    }
}

void OnChange::report(
    std::string from,
    std::string to,
    std::string summary,
    record::Record snapshot) {
    if (!command_.empty()) {
        waiting_ = {std::move(from), std::move(to), std::move(summary), std::move(snapshot)};
        go_on();
    }
}

void OnChange::go_on() {
    using std::chrono::seconds;
    if (running_.valid()) {
        if (running_.wait_for(seconds{0}) != std::future_status::ready) {
            return;
        }
        take_end();
    }
    if (waiting_) {
        auto change = std::move(*waiting_);
        waiting_.reset();
        start(std::move(change));
    }
}

void OnChange::finish() {
    while (running_.valid() || waiting_) {
        if (running_.valid()) {
            take_end();
        }
        go_on();
    }
}

} // namespace slipway::monitor
