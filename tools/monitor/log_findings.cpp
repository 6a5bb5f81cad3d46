// SPDX-License-Identifier: Apache-2.0
#include "log_findings.hpp"

#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/rfc3339.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

using json::Value;
using record::Check;
using record::CheckStatus;

constexpr std::size_t most_named_events = 5;
constexpr std::size_t longest_event_told = 160;

bool is_silent(LogBook const& book) {
    return book.totals().lines == 0 && !book.totals().may_be_silent;
}

Check seen_check(std::string const& name, LogBook const& book) {
    Check out;
    out.id = "log." + name + ".lines";
    out.title = "Lines of the log were seen: " + name;
    auto const& totals = book.totals();
    out.message = text::counted(static_cast<std::size_t>(totals.lines), "line");
    if (is_silent(book)) {
        out.status = CheckStatus::undecided;
        out.message = "blind: no line was seen";
        out.hint = "See whether the application logs there; may_be_silent: true in --sources says "
                   "that a quiet log is well.";
    }
    if (totals.lost_bytes > 0) {
        out.message += fmt::format("; {} bytes were not read", totals.lost_bytes);
        out.status = out.status == CheckStatus::undecided ? out.status : CheckStatus::warned;
    }
    return out;
}

std::string event_words(EventGroup const& group) {
    auto const lines = text::lines(group.text);
    auto const first = lines.empty() ? std::string_view{} : lines.front();
    return fmt::format(
        "{} {} since {}: {}",
        text::counted(static_cast<std::size_t>(group.count), "event"),
        group.class_name,
        time::to_rfc3339(group.first_at),
        text::shorten(text::printable_line(first), longest_event_told));
}

Check new_check(std::string const& name, LogBook const& book) {
    Check out;
    out.id = "log." + name + ".new";
    out.title = "The log says nothing that the baseline did not: " + name;
    std::vector<std::string> told;
    for (auto const& group : book.groups()) {
        if (group.is_new && told.size() < most_named_events) {
            told.push_back(event_words(group));
        }
    }
    if (told.empty()) {
        out.message = "no new kind of event";
        return out;
    }
    out.status = CheckStatus::warned;
    out.message = fmt::format(
        "{}: {}",
        text::counted(static_cast<std::size_t>(book.new_groups()), "new kind") + " of event",
        text::join(told, "; "));
    return out;
}

Value groups_json(LogBook const& book, bool compared) {
    auto out = Value::array();
    for (auto const& group : book.groups()) {
        out.push_back(
            {{"fingerprint", group.fingerprint},
             {"class", group.class_name},
             {"new", compared ? Value(group.is_new) : Value{}},
             {"count", group.count},
             {"first_at", time::to_rfc3339(group.first_at)},
             {"last_at", time::to_rfc3339(group.last_at)},
             {"text", group.text}});
    }
    return out;
}

} // namespace

std::vector<Check> log_checks(Judge const& judge, Purpose purpose) {
    std::vector<Check> out;
    for (auto const& [name, book] : judge.logs()) {
        out.push_back(seen_check(name, book));
    }
    for (auto const& [name, book] : judge.logs()) {
        if (purpose == Purpose::watch && judge.known_events(name) != nullptr) {
            out.push_back(new_check(name, book));
        }
    }
    return out;
}

Value logs_json(Judge const& judge) {
    auto out = Value::array();
    for (auto const& [name, book] : judge.logs()) {
        auto notes = Value::array();
        for (auto const& [at, words] : book.notes()) {
            notes.push_back({{"at", time::to_rfc3339(at)}, {"words", words}});
        }
        auto const& totals = book.totals();
        bool const compared = judge.known_events(name) != nullptr;
        out.push_back(
            {{"name", name},
             {"lines", totals.lines},
             {"bytes", totals.bytes},
             {"lost_bytes", totals.lost_bytes},
             {"behind_bytes", totals.behind_bytes},
             {"classes", Value(totals.classes)},
             {"new_groups", compared ? Value(book.new_groups()) : Value{}},
             {"groups", groups_json(book, compared)},
             {"events_left_out", book.groups_left_out()},
             {"notes", std::move(notes)}});
    }
    return out;
}

std::string silent_logs(Judge const& judge) {
    std::vector<std::string> names;
    for (auto const& [name, book] : judge.logs()) {
        if (is_silent(book)) {
            names.push_back(name);
        }
    }
    return text::join(names, ", ");
}

std::string log_words(Judge const& judge) {
    std::vector<std::string> parts;
    for (auto const& [name, book] : judge.logs()) {
        auto const gap = judge.last().gaps.find("log." + name);
        if (gap != judge.last().gaps.end()) {
            parts.push_back(fmt::format("log {}: {}", name, gap->second));
            continue;
        }
        double events = 0;
        for (auto const& each : book.rates()) {
            events += each.second;
        }
        auto part = fmt::format("log {} {:.4g} lines/min", name, book.line_rate());
        if (events > 0) {
            part += fmt::format(", {:.4g} events/min", events);
        }
        if (book.recent_new() > 0) {
            part += fmt::format(", {} new", book.recent_new());
        }
        parts.push_back(std::move(part));
    }
    return text::join(parts, "; ");
}

} // namespace slipway::monitor
