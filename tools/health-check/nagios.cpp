// SPDX-License-Identifier: Apache-2.0
// The conventions of the Monitoring Plugins' development guidelines: what Nagios, Icinga and their
// like make of a plugin's first line, its numbers and its exit code.
#include "error/error.hpp"
#include "health_check.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::health_check {

namespace {

enum class State : std::uint8_t { ok, warning, critical, unknown };

constexpr std::size_t longest_line = 400;
constexpr std::size_t most_output = 7000; // Nagios reads 8 KiB, with its own end

std::string_view word(State state) {
    constexpr std::array<std::string_view, 4> words{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    return words.at(static_cast<std::size_t>(state));
}

// An outage is critical, also where it shows by silence; our own troubles are unknown.
State state_of(record::Record const& record) {
    using record::Status;
    switch (record.status) {
    case Status::passed:
        return State::ok;
    case Status::warned:
        return State::warning;
    case Status::failed:
        return State::critical;
    case Status::error: {
        auto const kind = record.error ? record.error->kind() : ErrorKind::internal;
        bool const outage = kind == ErrorKind::unavailable || kind == ErrorKind::timeout;
        return outage ? State::critical : State::unknown;
    }
    case Status::running:
    case Status::skipped:
    case Status::refused:
    case Status::in_doubt:
    case Status::undecided:
    case Status::aborted:
        return State::unknown;
    }
    return State::unknown;
}

// What stands behind a bar are numbers, so that no bar may stand in the text.
std::string plain(std::string_view text) {
    return text::shorten(text::replace_all(text::printable_line(text), "|", "/"), longest_line);
}

std::string_view unit_of(std::string_view unit) {
    return unit == "bytes" ? "B" : unit == "ms" ? "ms" : "";
}

// `'label'=value[unit];[warn];[crit];[min];[max]`
std::string number(record::Metric const& metric) {
    auto const probe = metric.labels.find("probe");
    auto label = metric.name == "probe.latency" ? std::string{} : " " + metric.name;
    label = (probe == metric.labels.end() ? metric.name : probe->second + label);
    std::replace_if(
        label.begin(), label.end(), [](char c) { return c == '=' || c == '\'' || c == '|'; }, '_');
    return fmt::format(
        "'{}'={:.{}f}{};;;{}",
        plain(label),
        metric.value.value_or(0),
        metric.unit == "ms" ? 3 : 0,
        unit_of(metric.unit),
        metric.name == "tls.days_left" ? "" : "0");
}

std::string numbers(record::Record const& record) {
    std::vector<std::string> out;
    for (auto const& metric : record.metrics) {
        out.push_back(number(metric));
    }
    return out.empty() ? "" : " | " + text::join(out, " ");
}

std::string_view word(record::CheckStatus status) {
    switch (status) {
    case record::CheckStatus::passed:
    case record::CheckStatus::skipped:
        return word(State::ok);
    case record::CheckStatus::warned:
        return word(State::warning);
    case record::CheckStatus::failed:
        return word(State::critical);
    case record::CheckStatus::undecided:
        return word(State::unknown);
    }
    return "";
}

bool is_asked_for(Options const& options, std::span<std::string const> arguments) {
    // Where the options are refused, none of them has its value yet.
    return options.nagios ||
           std::find(arguments.begin(), arguments.end(), "--nagios") != arguments.end();
}

} // namespace

std::optional<tool::Closing> close(
    Options const& options,
    record::Record const& record,
    std::span<std::string const> arguments) {
    if (!is_asked_for(options, arguments)) {
        return std::nullopt;
    }
    auto const state = state_of(record);
    auto const& brief =
        record.summary.empty() && record.error ? record.error->message() : record.summary;
    auto output = fmt::format("HEALTH {} - {}{}\n", word(state), plain(brief), numbers(record));
    for (auto const& check : record.checks) {
        auto const line =
            fmt::format("{} {}: {}\n", word(check.status), plain(check.id), plain(check.message));
        if (output.size() + line.size() > most_output) {
            break;
        }
        output += line;
    }
    return tool::Closing{output, static_cast<int>(state)};
}

} // namespace slipway::health_check
