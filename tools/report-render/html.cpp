// SPDX-License-Identifier: Apache-2.0
#include "html.hpp"

#include "html_chart.hpp"
#include "html_parts.hpp"
#include "html_sections.hpp"
#include "html_style.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::report_render {

namespace {

using page::esc;

std::string fact(Report const& report, std::string_view name) {
    auto const found = std::find_if(report.facts.begin(), report.facts.end(), [&](Fact const& one) {
        return one.name == name;
    });
    if (found == report.facts.end()) {
        return {};
    }
    std::string value = text::join(found->values, ", ");
    if (found->values.size() == 1) {
        // Which server it is, the environment at the end of the page tells.
        value = value.substr(0, value.find(" (system "));
    }
    bool const commit = name == "Commit" && found->values.size() == 1;
    return fmt::format(
        "<div><dt>{}</dt><dd>{}</dd></div>\n",
        esc(name),
        commit ? page::code(value.substr(0, 12)) : esc(value, 200));
}

std::string head(Report const& report) {
    std::string out = fmt::format(
        "<header>\n<p class=\"eyebrow\">Deployment report</p>\n<h1>{}</h1>\n<dl class=\"facts\">\n",
        esc(report.title, 300));
    for (std::string_view const name : {"Environment", "Database", "Commit", "Run", "Started by"}) {
        out += fact(report, name);
    }
    out += fmt::format(
        "<div><dt>Began</dt><dd>{} UTC</dd></div>\n<div><dt>Took</dt><dd>{}</dd></div>\n</dl>\n"
        "</header>\n",
        page::moment(report.begin, true),
        time::human_duration(report.end - report.begin));
    return out;
}

std::string tally(Counts const& counts) {
    using Entry = std::pair<std::size_t, std::string_view>;
    std::array<Entry, 5> const entries{{
        {counts.failed, "failed"},
        {counts.undecided, "undecided"},
        {counts.warned, "warned"},
        {counts.passed, "passed"},
        {counts.skipped, "skipped"},
    }};
    std::string out = "<ul class=\"tally\">\n";
    for (auto const& entry : entries) {
        if (entry.first > 0) {
            out += fmt::format(
                "<li><strong>{}</strong> {}</li>\n",
                text::counted(entry.first, "check"),
                entry.second);
        }
    }
    return counts.total() == 0 ? "" : out + "</ul>\n";
}

std::string verdict(Report const& report) {
    std::string_view const tone = slipway::report_render::tone(report.verdict.status);
    std::string_view const sign = tone == "passed" ? "✓" : tone == "failed" ? "✕" : "!";
    std::string now;
    // After a failure its own hint comes first, where it has one.
    auto const trouble = std::find_if(
        report.troubles.begin(), report.troubles.end(), [](deployment::Trouble const& one) {
            return !one.hint.empty();
        });
    bool const hinted = tone == "failed" && trouble != report.troubles.end() &&
                        trouble->status != record::CheckStatus::warned;
    if (tone != "passed" && (hinted || !report.next.empty())) {
        auto const& first = hinted ? report.recommendations.front() : report.next.front();
        now = fmt::format(
            "<p class=\"now\"><strong>Now:</strong> {}{}</p>\n",
            page::prose(first.text),
            first.command.empty() ? "" : " " + page::code(first.command));
    }
    std::string notices;
    for (auto const& notice : report.notices) {
        notices += fmt::format("<p class=\"note\">{}</p>\n", esc(notice, 600));
    }
    return fmt::format(
        "<section class=\"verdict {}\" aria-labelledby=\"verdict\">\n<h2 id=\"verdict\"><span "
        "class=\"sign\" aria-hidden=\"true\">{}</span>{}</h2>\n<p class=\"why\">{}</p>\n{}{}"
        "</section>\n{}",
        tone,
        sign,
        esc(report.verdict.word),
        esc(report.verdict.sentence, 1000),
        now,
        tally(report.counts),
        notices);
}

// Only what is there is linked to.
std::string contents(std::string const& body) {
    using Entry = std::pair<std::string_view, std::string_view>;
    constexpr std::array<Entry, 13> entries{{
        {"attention", "What needs attention"},
        {"recommendations", "Recommendations"},
        {"next", "Next steps"},
        {"timeline", "Timeline"},
        {"database", "Database"},
        {"backups", "Backups"},
        {"measurements", "Measurements"},
        {"review", "Review"},
        {"notes", "Notes"},
        {"steps", "Steps and checks"},
        {"evidence", "Evidence"},
        {"environment", "Environment"},
        {"sign-off", "Sign-off"},
    }};
    std::string out = "<nav aria-label=\"Contents\">\n<ul>\n";
    for (auto const& entry : entries) {
        if (body.find(fmt::format("<section id=\"{}\"", entry.first)) != std::string::npos) {
            out += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", entry.first, entry.second);
        }
    }
    return out + "</ul>\n</nav>\n";
}

} // namespace

std::string html(Report const& report) {
    std::string const body = page::troubles(report) + page::advice(report) +
                             page::section("timeline", "Timeline", page::timeline(report)) +
                             page::changes(report) + page::backups(report) + page::metrics(report) +
                             page::review(report) + page::notes(report) + page::steps(report) +
                             page::evidence(report) + page::environment(report) +
                             page::sign_off(report);
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<title>{}: {}</title>\n<style>{}</style>\n</head>\n<body>\n"
        "<a class=\"skip\" href=\"#main\">Skip to the verdict</a>\n{}<main id=\"main\">\n{}{}{}"
        "</main>\n<footer><p>Made by Slipway {} on {} UTC from {}. Every time is UTC. This file "
        "fetches nothing and runs nothing.</p></footer>\n</body>\n</html>\n",
        esc(report.title, 44), // 70 with the longest verdict: more is cut by browsers
        esc(report.verdict.word),
        page::style(),
        head(report),
        verdict(report),
        contents(body),
        body,
        esc(report.version),
        page::moment(report.made_at, true),
        text::counted(report.steps.size(), "record"));
}

} // namespace slipway::report_render
