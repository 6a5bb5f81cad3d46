// SPDX-License-Identifier: Apache-2.0
#include "html_sections.hpp"

#include "html_chart.hpp"
#include "html_parts.hpp"
#include "review.hpp"
#include "text/join.hpp"
#include "text/link.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::report_render::page {

namespace {

constexpr std::size_t most_charts = 24;
constexpr std::size_t table_room = 100'000; // for each table: a page is no archive

std::string_view tone_of(LinkState state) {
    return broken(state) ? "failed" : state == LinkState::intact ? "passed" : "unknown";
}

std::string_view tone_of_migration(std::string_view status) {
    if (status == "applied") {
        return "passed";
    }
    return status == "failed" || status == "drifted" || status == "missing" ? "failed" : "unknown";
}

std::string link_row(Step const& step, Link const& link) {
    return fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{} {}</td><td>{}</td><td "
        "class=\"sum\">{}</td><td>{}{}</td></tr>\n",
        esc(step.title, 200),
        link.input ? "relied on" : "made",
        esc(link.what, 200),
        code(link.path),
        code(link.sha256.substr(0, 12)),
        pill(tone_of(link.state), name(link.state)),
        link.detail.empty() ? "" : "<br>" + esc(link.detail));
}

std::string record_list(Report const& report) {
    std::string rows;
    Room room{table_room};
    for (auto const& step : report.steps) {
        room.add(
            rows,
            fmt::format(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
                esc(step.title, 200),
                code(step.found->path.string()),
                code(step.found->sha256)));
    }
    return fmt::format(
        "<details><summary>Checksums of the records in this report</summary><div "
        "class=\"inside\">{}{}</div></details>\n",
        table(
            "Records with their SHA-256",
            "<tr><th scope=\"col\">Step</th><th scope=\"col\">Record</th><th "
            "scope=\"col\">SHA-256</th></tr>",
            rows,
            true),
        room.notice("record"));
}

std::string advice_list(std::vector<Advice> const& list) {
    std::string out = "<ol class=\"advice\">\n";
    for (auto const& one : list) {
        out += fmt::format(
            "<li>{}{}{}</li>\n",
            prose(one.text),
            one.command.empty() ? "" : "<br>" + code(one.command),
            one.source.empty() ? ""
                               : fmt::format(" <span class=\"note\">({})</span>", esc(one.source)));
    }
    return out + "</ol>\n";
}

} // namespace

std::string changes(Report const& report) {
    if (report.changes.empty() && report.applied_earlier == 0) {
        return {};
    }
    std::string rows;
    Room room{table_room};
    for (auto const& change : report.changes) {
        auto const& migration = change.migration;
        auto const& step = report.steps[change.step];
        room.add(
            rows,
            fmt::format(
                "<tr><td>{}{}</td><th scope=\"row\">{}<br>{}</th><td class=\"number\">{}</td><td>"
                "{}</td></tr>\n",
                pill(tone_of_migration(migration.status), migration.status),
                step.found->record.dry_run ? " dry run" : "",
                esc(migration.id, 300),
                code(migration.file),
                migration.duration ? time::human_duration(*migration.duration) : "",
                code(migration.checksum.substr(0, 12))));
    }
    std::string body =
        rows.empty() ? "<p>No migration was applied.</p>\n"
                     : table(
                           "Migrations of this deployment",
                           "<tr><th scope=\"col\">Status</th><th scope=\"col\">Migration</th><th "
                           "scope=\"col\" class=\"number\">Took</th><th "
                           "scope=\"col\">Checksum</th></tr>",
                           rows,
                           true);
    body += room.notice("migration");
    if (report.applied_earlier > 0) {
        body += fmt::format(
            "<p class=\"note\">{} applied by earlier deployments.</p>\n",
            text::counted(report.applied_earlier, "migration"));
    }
    return section("database", "Changes to the database", body);
}

std::string backups(Report const& report) {
    std::string rows;
    for (auto const& step : report.steps) {
        if (!step.backup) {
            continue;
        }
        auto const& ended = step.found->record.finished_at;
        rows += fmt::format(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td><td>{}</td><td>{}"
            "</td></tr>\n",
            code(step.backup->id),
            esc(step.backup->kind),
            step.backup->database_bytes ? human_bytes(*step.backup->database_bytes) : "",
            esc(step.backup->level),
            ended ? moment(*ended, true) + " UTC" : "never");
    }
    std::string body;
    for (auto const& assurance : report.assurances) {
        body += fmt::format("<p class=\"assurance\">{}</p>\n", esc(assurance));
    }
    if (!rows.empty()) {
        body += table(
            "Backups of this deployment",
            "<tr><th scope=\"col\">Backup</th><th scope=\"col\">Kind</th><th scope=\"col\" "
            "class=\"number\">Database</th><th scope=\"col\">Verified to</th><th "
            "scope=\"col\">Finished</th></tr>",
            rows,
            true);
    }
    return body.empty() ? "" : section("backups", "Backups", body);
}

std::string metrics(Report const& report) {
    std::string charts;
    std::string rows;
    std::size_t drawn = 0;
    Room room{table_room};
    for (auto const& step : report.steps) {
        for (auto const& metric : step.found->record.metrics) {
            bool const sampled = metric.samples.size() > 1;
            if (sampled && drawn < most_charts) {
                charts += chart(metric, report);
                ++drawn;
            } else if (sampled || metric.value || !metric.samples.empty()) {
                room.add(
                    rows,
                    fmt::format(
                        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td "
                        "class=\"number\">{}</td></tr>\n",
                        esc(metric.name, 200),
                        esc(labels_of(metric), 300),
                        esc(step.title, 200),
                        metric.value ? human_value(*metric.value, metric.unit)
                                     : statistics(metric)));
            }
        }
    }
    std::string const body =
        (charts.empty() ? "" : "<div class=\"charts\">\n" + charts + "</div>\n") +
        (rows.empty() ? ""
                      : table(
                            "Measured values",
                            "<tr><th scope=\"col\">Metric</th><th scope=\"col\">Of</th><th "
                            "scope=\"col\">Step</th><th scope=\"col\" "
                            "class=\"number\">Value</th></tr>",
                            rows,
                            true)) +
        room.notice("value");
    return body.empty() ? "" : section("measurements", "Measurements", body);
}

std::string evidence(Report const& report) {
    std::string rows;
    Room room{table_room};
    std::size_t all = 0;
    std::size_t torn = 0;
    // Two passes, so that what is broken is shown whatever has to be left out.
    for (bool const bad : {true, false}) {
        for (auto const& step : report.steps) {
            for (auto const& link : step.links) {
                if (broken(link.state) == bad) {
                    ++all;
                    torn += bad ? 1U : 0U;
                    room.add(rows, link_row(step, link));
                }
            }
        }
    }
    std::string body;
    if (all == 0) {
        body = "<p>No step relied on the record of another, and none made a file.</p>\n";
    } else {
        body = fmt::format(
            "<p>{} {}: every file that a step relied on or made was looked for and compared by its "
            "SHA-256.</p>\n",
            torn == 0 ? pill("passed", "Unbroken") : pill("failed", "Broken"),
            torn == 0 ? text::counted(all, "link")
                      : fmt::format("{} of {} at fault", torn, text::counted(all, "link")));
        body += table(
            "Links of the chain of evidence",
            "<tr><th scope=\"col\">Step</th><th scope=\"col\">Link</th><th "
            "scope=\"col\">File</th><th scope=\"col\">SHA-256</th><th "
            "scope=\"col\">State</th></tr>",
            rows,
            true);
    }
    return section(
        "evidence", "Chain of evidence", body + room.notice("link") + record_list(report));
}

std::string environment(Report const& report) {
    std::string pairs;
    for (auto const& fact : report.facts) {
        std::string values;
        for (auto const& value : fact.values) {
            std::string const url = fact.name == "CI run" ? text::safe_url(value) : "";
            values += values.empty() ? "" : "<br>";
            values +=
                url.empty()
                    ? esc(value)
                    : fmt::format("<a href=\"{}\" rel=\"noreferrer\">{}</a>", esc(url), esc(value));
        }
        pairs += fmt::format("<dt>{}</dt><dd>{}</dd>\n", esc(fact.name), values);
    }
    return section("environment", "Environment", "<dl class=\"pairs\">" + pairs + "</dl>\n");
}

std::string advice(Report const& report) {
    std::string out;
    if (!report.recommendations.empty()) {
        out += section("recommendations", "Recommendations", advice_list(report.recommendations));
    }
    if (!report.next.empty()) {
        out += section("next", "Next steps", advice_list(report.next));
    }
    return out;
}

std::string review(Report const& report) {
    std::string rows;
    Room room{table_room};
    for (auto const& finding : review_of(report)) {
        std::string_view const shown = finding.tone == "passed"   ? "Good"
                                       : finding.tone == "warned" ? "Look"
                                       : finding.tone == "failed" ? "Bad"
                                                                  : "No record";
        room.add(
            rows,
            fmt::format(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
                finding.subject,
                pill(finding.tone, shown),
                esc(finding.text, 800)));
    }
    return section(
        "review",
        "Post-deployment review",
        table(
            "What was looked at after the deployment",
            "<tr><th scope=\"col\">Subject</th><th scope=\"col\">State</th><th "
            "scope=\"col\">What the records say</th></tr>",
            rows,
            true) +
            room.notice("finding"));
}

std::string notes(Report const& report) {
    std::string body;
    Room room{table_room};
    for (auto const& [kind, heading] : note_kinds) {
        std::string items;
        for (auto const& note : report.notes) {
            if (note.kind == kind && kind != "sign-off") {
                room.add(
                    items,
                    fmt::format(
                        "<li>{}{} <span class=\"note\">({}{})</span></li>\n",
                        kind != "manual-check" ? ""
                        : note.good            ? pill("passed", "Good") + " "
                                               : pill("failed", "Bad") + " ",
                        esc(note.text),
                        note.person.empty() ? "" : esc(note.person, 200) + ", ",
                        moment(note.at, true)));
            }
        }
        body += items.empty()
                    ? ""
                    : fmt::format("<h3>{}</h3>\n<ul class=\"advice\">\n{}</ul>\n", heading, items);
    }
    body += room.notice("note");
    return body.empty() ? "" : section("notes", "Notes of the people", body);
}

std::string sign_off(Report const& report) {
    std::string actor;
    for (auto const& fact : report.facts) {
        actor = fact.name == "Started by" && fact.values.size() == 1 ? fact.values.front() : actor;
    }
    std::string rows;
    for (auto const& note : report.notes) {
        if (note.kind == "sign-off") {
            rows += fmt::format(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{} {}</td></tr>\n",
                esc(note.role.empty() ? "Signed by" : note.role, 200),
                esc(note.person, 200),
                moment(note.at, true),
                note.good ? pill("passed", "Signed") : pill("failed", "Refused"),
                esc(note.text, 500));
        }
    }
    for (std::string_view const role : {"Deployed by", "Reviewed by", "Approved by"}) {
        rows += fmt::format(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td></td><td></td></tr>\n",
            role,
            role == "Deployed by" ? esc(actor, 200) : "");
    }
    return section(
        "sign-off",
        "Sign-off",
        "<div class=\"signature\">" +
            table(
                "What stands in no record yet can be filled in by hand on the printed page.",
                "<tr><th scope=\"col\">Role</th><th scope=\"col\">Name</th><th "
                "scope=\"col\">Date</th><th scope=\"col\">Signature</th></tr>",
                rows,
                false) +
            "</div>\n");
}

} // namespace slipway::report_render::page
