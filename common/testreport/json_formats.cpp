// SPDX-License-Identifier: Apache-2.0
#include "testreport/formats.hpp"
#include "testreport/place.hpp"
#include "text/join.hpp"
#include "text/line_buffer.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::testreport {

namespace {

using json::Value;

std::string joined_texts(Value const& list, std::string_view between) {
    std::vector<std::string> out;
    for (auto const& each : list) {
        if (each.is_string()) {
            out.push_back(each.get<std::string>());
        }
    }
    return text::join(out, between);
}

std::string without_colour(std::string const& text) {
    std::string out;
    for (auto const line : text::lines(text)) {
        out += text::as_shown(line);
        out += '\n';
    }
    return out;
}

std::int64_t count_at(Value const& object, std::string_view key) {
    auto const& value = json::at(object, key);
    return value.is_number_integer() ? std::max<std::int64_t>(value.get<std::int64_t>(), 0) : 0;
}

Outcome outcome_of_jest(std::string const& status) {
    return status == "passed"   ? Outcome::passed
           : status == "failed" ? Outcome::failed
                                : Outcome::skipped; // pending, skipped, todo, disabled
}

Case case_of_jest(Value const& test, std::string const& file) {
    Case out;
    out.suite = joined_texts(json::at(test, "ancestorTitles"), " › ");
    out.name = json::text_at(test, "title", json::text_at(test, "fullName"));
    out.outcome = outcome_of_jest(json::text_at(test, "status"));
    out.duration = milliseconds(json::at(test, "duration"));
    out.where.file = file;
    auto const& place = json::at(test, "location");
    out.where.line = count_at(place, "line");
    auto const messages = without_colour(joined_texts(json::at(test, "failureMessages"), "\n"));
    if (out.bad()) {
        out.details = shortened(messages);
        out.message = first_line(messages);
        if (auto const found = place_in(messages); found.known()) {
            out.where = found;
        }
    }
    // jest-circus: what it was called before it passed.
    out.flaky = out.outcome == Outcome::passed &&
                (count_at(test, "invocations") > 1 || !json::at(test, "retryReasons").empty());
    return out;
}

} // namespace

std::optional<time::Milliseconds> milliseconds(Value const& value, double factor) {
    constexpr double longest = 1e12;
    if (!value.is_number()) {
        return std::nullopt;
    }
    double const out = value.get<double>() * factor;
    if (!std::isfinite(out) || out < 0 || out > longest) {
        return std::nullopt;
    }
    return time::Milliseconds{std::llround(out)};
}

std::int64_t read_jest(Value const& report, Each const& each) {
    std::int64_t shown = 0;
    for (auto const& file : json::at(report, "testResults")) {
        auto const path = json::text_at(file, "name");
        std::int64_t bad = 0;
        for (auto const& test : json::at(file, "assertionResults")) {
            auto one = case_of_jest(test, path);
            bad += one.bad() ? 1 : 0;
            each(std::move(one));
        }
        if (bad == 0 && json::text_at(file, "status") == "failed") {
            // A file that could not be loaded has no test to tell it by.
            Case out;
            out.name = path;
            out.outcome = Outcome::error;
            out.details = shortened(without_colour(json::text_at(file, "message")));
            out.message = first_line(out.details);
            out.where = place_in(out.details);
            out.where.file = out.where.known() ? out.where.file : path;
            each(std::move(out));
            ++bad;
        }
        shown += bad;
    }
    auto const counted =
        std::max(count_at(report, "numFailedTests"), count_at(report, "numFailedTestSuites"));
    return shown == 0 ? counted : 0;
}

std::int64_t read_pytest(Value const& report, Each const& each) {
    std::int64_t shown = 0;
    for (auto const& test : json::at(report, "tests")) {
        Case out;
        auto const id = json::text_at(test, "nodeid");
        auto const last = id.rfind("::");
        out.suite = last == std::string::npos ? "" : id.substr(0, last);
        out.name = last == std::string::npos ? id : id.substr(last + 2);
        auto const status = json::text_at(test, "outcome");
        out.outcome = status == "passed" || status == "xpassed"    ? Outcome::passed
                      : status == "failed"                         ? Outcome::failed
                      : status == "error"                          ? Outcome::error
                      : status == "skipped" || status == "xfailed" ? Outcome::skipped
                                                                   : Outcome::passed;
        // pytest-rerunfailures leaves the last try's outcome, and `rerun` for those before.
        out.flaky = status == "rerun";
        out.where = {id.substr(0, id.find("::")), count_at(test, "lineno") + 1, 0};
        double seconds = 0;
        for (char const* phase : {"setup", "call", "teardown"}) {
            auto const& part = json::at(test, phase);
            auto const& time = json::at(part, "duration");
            seconds += time.is_number() ? time.get<double>() : 0;
            auto const& crash = json::at(part, "crash");
            if (out.bad() && out.message.empty() && crash.is_object()) {
                out.message = first_line(json::text_at(crash, "message"));
                out.where = {json::text_at(crash, "path"), count_at(crash, "lineno"), 0};
                out.details = shortened(json::text_at(part, "longrepr"));
            }
        }
        out.duration = milliseconds(Value(seconds), 1000);
        shown += out.bad() ? 1 : 0;
        each(std::move(out));
    }
    for (auto const& collector : json::at(report, "collectors")) {
        if (json::text_at(collector, "outcome") == "failed") {
            Case out;
            out.name = json::text_at(collector, "nodeid");
            out.outcome = Outcome::error;
            out.details = shortened(json::text_at(collector, "longrepr"));
            out.message = first_line(out.details);
            out.where.file = out.name;
            ++shown;
            each(std::move(out));
        }
    }
    auto const& summary = json::at(report, "summary");
    auto const counted = count_at(summary, "failed") + count_at(summary, "error");
    return shown == 0 ? counted : 0;
}

} // namespace slipway::testreport
