// SPDX-License-Identifier: Apache-2.0
#include "html_parts.hpp"
#include "html_sections.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>

namespace slipway::report_render::page {

namespace {

// Together well under the page's 2 MB.
constexpr std::size_t trouble_room = 400'000;
constexpr std::size_t check_room = 1'000'000;

std::string pair(std::string_view name, std::string const& value) {
    return value.empty() ? "" : fmt::format("<dt>{}</dt><dd>{}</dd>", name, value);
}

std::string card(Report const& report, Trouble const& trouble) {
    auto const& step = report.steps[trouble.step];
    bool const error = trouble.id.empty();
    std::string const pairs =
        pair("Expected", code(trouble.expected)) + pair("Found", code(trouble.actual)) +
        pair("Where", code(trouble.where.text())) + pair("SQLSTATE", code(trouble.sqlstate)) +
        pair("Check", code(trouble.id));
    return fmt::format(
        "<article class=\"card {}\"><header>{}<h3>{}</h3><span class=\"from\">{}<a "
        "href=\"#{}\">{}</a></span></header>\n{}{}{}</article>\n",
        tone(trouble.status),
        error ? pill(step) : pill(tone(trouble.status), word(trouble.status)),
        esc(trouble.title, 500),
        error ? "" : fmt::format("{}, in ", record::name(trouble.severity)),
        anchor(trouble.step),
        esc(step.title, 200),
        trouble.message.empty() ? ""
                                : fmt::format("<p class=\"message\">{}</p>", esc(trouble.message)),
        pairs.empty() ? "" : fmt::format("<dl class=\"pairs\">{}</dl>", pairs),
        trouble.hint.empty()
            ? ""
            : fmt::format(
                  "<p class=\"hint\"><strong>What to do:</strong> {}</p>", prose(trouble.hint)));
}

std::string check_row(record::Check const& check, bool with_status) {
    std::string const& title = check.title.empty() ? check.id : check.title;
    return fmt::format(
        "<tr>{}<td>{}{}</td><td>{}</td><td class=\"number\">{}</td></tr>\n",
        with_status ? fmt::format("<td>{}</td>", pill(tone(check.status), word(check.status))) : "",
        esc(title, 500),
        check.message.empty() ? "" : "<br>" + esc(check.message, 1000),
        check.id == title ? "" : code(check.id),
        check.duration ? time::human_duration(*check.duration) : "");
}

// Those that passed, or all others.
std::string check_table(Step const& step, bool passed, Room& room) {
    std::string rows;
    for (auto const& check : step.found->record.checks) {
        if ((check.status == record::CheckStatus::passed) == passed) {
            room.add(rows, check_row(check, !passed));
        }
    }
    std::string const notice = room.notice("check");
    room.forget();
    if (rows.empty()) {
        return notice;
    }
    std::string const caption = fmt::format(
        "Checks of {} that {}", esc(step.title, 200), passed ? "passed" : "did not pass");
    std::string const head = fmt::format(
        "<tr>{}<th scope=\"col\">Check</th><th scope=\"col\">Id</th><th scope=\"col\" "
        "class=\"number\">Took</th></tr>",
        passed ? "" : "<th scope=\"col\">Status</th>");
    return table(caption, head, rows, true) + notice;
}

std::string times_of(Step const& step) {
    auto const& record = step.found->record;
    auto const cell = [](std::string_view name, std::string const& value) {
        return "<div>" + pair(name, value) + "</div>";
    };
    return "<dl class=\"facts\">" + cell("Began", moment(record.started_at, true) + " UTC") +
           cell(
               "Ended",
               record.finished_at ? moment(*record.finished_at, true) + " UTC"
                                  : "no end recorded") +
           cell("Exit code", record.exit_code ? std::to_string(*record.exit_code) : "none") +
           cell("Record", code(step.found->path.string())) + "</dl>\n";
}

std::string step_details(Step const& step, std::size_t index, Room& room) {
    auto const& record = step.found->record;
    auto const counts = count(record.checks);
    std::string inside = times_of(step);
    std::string const title = esc(step.title, 200);
    inside += check_table(step, false, room);
    if (counts.passed > 0) {
        inside += fmt::format(
            "<details><summary>{} passed</summary><div class=\"inside\">{}</div></details>\n",
            text::counted(counts.passed, "check"),
            check_table(step, true, room));
    } else if (record.checks.empty()) {
        inside += "<p class=\"note\">This step recorded no checks.</p>\n";
    }
    return fmt::format(
        "<details id=\"{}\" class=\"deep\"><summary><span class=\"took\">{}</span>{}<span "
        "class=\"name\">{}</span> <span class=\"what\">{}</span></summary>\n<div "
        "class=\"inside\">{}</div></details>\n",
        anchor(index),
        record.finished_at ? time::human_duration(record.duration) : "no end",
        pill(step),
        title,
        step.killed ? "killed before it ended; no evidence" : esc(record.summary, 500),
        inside);
}

} // namespace

std::string troubles(Report const& report) {
    if (report.troubles.empty()) {
        return {};
    }
    std::string body;
    Room room{trouble_room};
    for (auto const& trouble : report.troubles) {
        room.add(body, card(report, trouble));
    }
    return section("attention", "What needs attention", body + room.notice("entry"));
}

std::string steps(Report const& report) {
    std::string body;
    Room room{check_room};
    for (std::size_t i = 0; i < report.steps.size(); ++i) {
        body += step_details(report.steps[i], i, room);
    }
    return section("steps", "Steps and checks", body);
}

} // namespace slipway::report_render::page
