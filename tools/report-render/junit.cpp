// SPDX-License-Identifier: Apache-2.0
#include "junit.hpp"

#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/visible.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::report_render {

namespace {

using record::CheckStatus;

constexpr std::size_t most_cases = 499; // CodeBuild takes 500
constexpr std::size_t longest_name = 900;
constexpr std::size_t longest_message = 4500;

struct Case {
    std::size_t step = 0;
    CheckStatus status = CheckStatus::passed;
    bool error = false; // it could not be looked at, rather than that it was bad
    std::string name;
    std::string message;
    std::string hint;
    time::Milliseconds duration{0};
    Where where;
};

// XML 1.0 knows no control characters, not even escaped ones: they are shown, not sent.
std::string xml(std::string_view text, std::size_t limit) {
    std::string const safe = text::replace_all(text::visible(text), "\xEF\xBF\xBE", "");
    return text::replace_all(
        text::html_escape(text::shorten(text::replace_all(safe, "\xEF\xBF\xBF", ""), limit)),
        "\n",
        "&#10;");
}

std::string seconds(time::Milliseconds duration) {
    auto const ms = std::max<std::int64_t>(0, duration.count());
    return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

Case case_of(std::size_t step, record::Check const& check) {
    return {
        step,
        check.status,
        false,
        check.title.empty() || check.title == check.id ? check.id : check.id + ": " + check.title,
        check.message,
        check.hint,
        check.duration.value_or(time::Milliseconds{0}),
        check.where};
}

// The end of a step is a case of its own, so that a step without checks is seen as well.
Case end_of(std::size_t index, Step const& step) {
    Case out;
    out.step = index;
    out.name = "ends well";
    out.duration = step.found->record.duration;
    if (rank(step.status) >= rank(record::Status::undecided)) {
        out.status = CheckStatus::failed;
        out.error = true;
        out.message = step.killed ? "killed before it ended" : step.found->record.summary;
        if (auto const& error = step.found->record.error) {
            out.message = error->message();
            out.hint = error->hint();
            out.where = error->where();
        }
    } else if (step.status == record::Status::skipped || step.status == record::Status::running) {
        out.status = CheckStatus::skipped;
    }
    return out;
}

std::vector<Case> cases_of(Report const& report) {
    std::vector<Case> out;
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        out.push_back(end_of(i, report.steps[i]));
        for (auto const& check : report.steps[i].found->record.checks) {
            out.push_back(case_of(i, check));
        }
    }
    return out;
}

std::string outcome(Case const& one) {
    std::string const message = xml(one.message, longest_message);
    std::string const hint = xml(one.hint, longest_message);
    switch (one.status) {
    case CheckStatus::passed:
        return "";
    case CheckStatus::failed:
        return fmt::format(
            "<{0} message=\"{1}\" type=\"{0}\">{2}</{0}>",
            one.error ? "error" : "failure",
            message,
            hint);
    case CheckStatus::skipped:
    case CheckStatus::undecided:
        return fmt::format(
            "<skipped message=\"{}{}\"/>",
            one.status == CheckStatus::undecided ? "undecided: " : "",
            message);
    case CheckStatus::warned:
        return fmt::format("<system-out>warned: {} {}</system-out>", message, hint);
    }
    return "";
}

std::string element(Case const& one, std::string const& classname) {
    std::string place;
    if (one.where.known()) {
        place = fmt::format(" file=\"{}\"", xml(one.where.file, longest_name));
        place += one.where.line > 0 ? fmt::format(" line=\"{}\"", one.where.line) : "";
    }
    return fmt::format(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"{}>{}</testcase>\n",
        xml(classname, longest_name),
        xml(one.name, longest_name),
        seconds(one.duration),
        place,
        outcome(one));
}

struct Sums {
    std::size_t tests = 0;
    std::size_t failures = 0;
    std::size_t errors = 0;
    std::size_t skipped = 0;

    void add(Case const& one) {
        ++tests;
        bool const failed = one.status == CheckStatus::failed;
        failures += failed && !one.error ? 1U : 0U;
        errors += failed && one.error ? 1U : 0U;
        skipped += one.status == CheckStatus::skipped || one.status == CheckStatus::undecided;
    }

    [[nodiscard]] std::string attributes(time::Milliseconds took, time::Instant began) const {
        return fmt::format(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\" "
            "timestamp=\"{}\"",
            tests,
            failures,
            errors,
            skipped,
            seconds(took),
            time::to_rfc3339(began).substr(0, 19));
    }
};

using Range = std::pair<std::vector<Case>::const_iterator, std::vector<Case>::const_iterator>;

std::string document(Report const& report, Range const& range) {
    std::string suites;
    Sums all;
    for (auto at = range.first; at != range.second;) {
        auto const& step = report.steps[at->step];
        Sums sums;
        std::string elements;
        for (auto const index = at->step; at != range.second && at->step == index; ++at) {
            sums.add(*at);
            all.add(*at);
            elements += element(*at, step.title);
        }
        auto const& record = step.found->record;
        suites += fmt::format(
            "  <testsuite name=\"{}\" {} hostname=\"slipway\">\n{}  </testsuite>\n",
            xml(step.title, longest_name),
            sums.attributes(record.duration, record.started_at),
            elements);
    }
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" "
        "{}>\n{}</testsuites>\n",
        xml(report.title, longest_name),
        all.attributes(report.end - report.begin, report.begin),
        suites);
}

} // namespace

std::vector<std::string> junit(Report const& report) {
    auto const cases = cases_of(report);
    std::vector<std::string> out;
    for (std::size_t first = 0; first < cases.size(); first += most_cases) {
        auto const begin = cases.begin() + static_cast<std::ptrdiff_t>(first);
        auto const count = std::min(most_cases, cases.size() - first);
        out.push_back(document(report, {begin, begin + static_cast<std::ptrdiff_t>(count)}));
    }
    return out;
}

} // namespace slipway::report_render
