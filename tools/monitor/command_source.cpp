// SPDX-License-Identifier: Apache-2.0
#include "command_source.hpp"

#include "error/error.hpp"
#include "fingerprint.hpp"
#include "json/value.hpp"
#include "own_variables.hpp"
#include "proc/command.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

constexpr std::size_t most_printed = 256 * 1024;
constexpr std::size_t most_numbers = 100;
constexpr std::size_t longest_complaint = 200;
constexpr time::Milliseconds grace_of_commands{500};

void collect(
    json::Value const& value,
    std::string const& name,
    std::map<std::string, double>& out) {
    if (out.size() >= most_numbers) {
        return;
    }
    if (value.is_object()) {
        for (auto const& each : value.items()) {
            collect(each.value(), name.empty() ? each.key() : name + "." + each.key(), out);
        }
    } else if (value.is_boolean()) {
        out[name] = value.get<bool>() ? 1 : 0;
    } else if (value.is_number() && std::isfinite(value.get<double>())) {
        out[name] = value.get<double>();
    }
}

} // namespace

std::map<std::string, double> numbers_in(std::string_view text) {
    auto const trimmed = text::trim(text);
    std::map<std::string, double> out;
    try {
        collect(json::parse(trimmed, "what it printed"), "", out);
    } catch (Error const&) { // NOLINT(bugprone-empty-catch): told below
    }
    if (out.empty()) {
        throw Error{
            ErrorKind::failed,
            fmt::format(
                "it printed no number: '{}'",
                text::shorten(text::printable_line(trimmed), longest_complaint))};
    }
    return out;
}

CommandSource::CommandSource(FigureSpec spec, time::Milliseconds timeout, std::stop_token stop)
    : spec_(std::move(spec)), name_("command." + spec_.name),
      timeout_(spec_.timeout.value_or(timeout)), stop_(std::move(stop)) {}

void CommandSource::look(Sample& sample) {
    proc::Command command;
    std::string printed;
    if (spec_.arguments.empty()) {
        command.program = "/bin/sh";
        command.arguments = {"-c", spec_.query};
    } else {
        command.program = spec_.arguments.front();
        command.arguments.assign(spec_.arguments.begin() + 1, spec_.arguments.end());
    }
    command.remove_environment = own_variables();
    command.on_output = [&](std::string_view piece) {
        printed += piece.substr(0, most_printed - std::min(most_printed, printed.size()));
    };
    command.timeout = timeout_;
    command.grace = grace_of_commands;
    try {
        auto const outcome = proc::run(command, stop_);
        signal::throw_if_stopped(stop_);
        if (!outcome.ok()) {
            // What it complains of may quote its configuration.
            auto const tail = text::shorten(
                text::printable_line(without_secrets(text::trim(outcome.error_tail))),
                longest_complaint);
            throw Error{ErrorKind::failed, outcome.how() + (tail.empty() ? "" : ": " + tail)};
        }
        for (auto const& [key, value] : numbers_in(printed)) {
            sample.values[fmt::format(
                "command.value/{}{}", spec_.name, key.empty() ? "" : "." + key)] = value;
        }
    } catch (Error const& error) {
        signal::throw_if_stopped(stop_);
        sample.gaps[name_] = error.message();
    }
}

} // namespace slipway::monitor
