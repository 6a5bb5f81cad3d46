// SPDX-License-Identifier: Apache-2.0
#include "markdown.hpp"

#include "prose.hpp"
#include "review.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"
#include "text/link.hpp"
#include "text/visible.hpp"
#include "time/duration.hpp"
#include "time/rfc3339.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::report_render {

namespace {

using record::Status;

constexpr std::size_t longest_text = 1500; // one message must not fill the page

std::string plain(std::string_view text) {
    return text::gfm_escape(text::visible(text::shorten(text, longest_text)));
}

std::string code(std::string_view text) {
    return text.empty() ? "" : text::gfm_code(text::visible(text::shorten(text, 300)));
}

// Commands between back-ticks stay code; all else is inert.
std::string prose(std::string_view text) {
    std::string out;
    std::string const held = text::shorten(text, longest_text); // the pieces are views into it
    for (auto const& piece : pieces_of(held)) {
        out += piece.code ? text::gfm_code(text::visible(piece.text)) : plain(piece.text);
    }
    return out;
}

std::string_view mark(std::string_view tone) {
    return tone == "passed" ? "✅" : tone == "warned" ? "⚠️" : tone == "failed" ? "❌" : "⏭️";
}

std::string minute(time::Instant instant) {
    std::string const whole = time::to_rfc3339(instant);
    return whole.substr(0, 10) + " " + whole.substr(11, 8) + " UTC";
}

Section verdict(Report const& report) {
    Section out{"verdict", {}, {}};
    out.head = fmt::format(
        "# {}\n\n**{} {}.** {}\n\n",
        plain(report.title),
        mark(tone(report.verdict.status)),
        plain(report.verdict.word),
        plain(report.verdict.sentence));
    std::string const length = time::human_duration(report.end - report.begin);
    auto const& counts = report.counts;
    out.head += fmt::format(
        "{} in {}, from {}. {}: {} passed, {} warned, {} failed, {} skipped, {} undecided.\n",
        text::counted(report.steps.size(), "step"),
        length,
        minute(report.begin),
        text::counted(counts.total(), "check"),
        counts.passed,
        counts.warned,
        counts.failed,
        counts.skipped,
        counts.undecided);
    for (auto const& notice : report.notices) {
        out.rows.push_back(fmt::format("\n> {}\n", plain(notice)));
    }
    return out;
}

std::string trouble_row(Report const& report, Trouble const& trouble) {
    std::string what = fmt::format("**{}**", plain(trouble.title));
    if (!trouble.message.empty()) {
        what += "<br>" + plain(trouble.message);
    }
    if (!trouble.expected.empty() || !trouble.actual.empty()) {
        what += fmt::format(
            "<br>expected {}, found {}",
            trouble.expected.empty() ? "—" : code(trouble.expected),
            trouble.actual.empty() ? "—" : code(trouble.actual));
    }
    if (!trouble.sqlstate.empty()) {
        what += "<br>SQLSTATE " + code(trouble.sqlstate);
    }
    return fmt::format(
        "| {} {} | {} | {} | {} | {} |\n",
        mark(tone(trouble.status)),
        trouble.id.empty() ? word(report.steps[trouble.step].status) : word(trouble.status),
        plain(report.steps[trouble.step].title),
        what,
        code(trouble.where.text()),
        prose(trouble.hint));
}

Section troubles(Report const& report) {
    Section out{
        "What needs attention",
        "\n## What needs attention\n\n| Status | Step | What | Where | What to do |\n"
        "| --- | --- | --- | --- | --- |\n",
        {}};
    for (auto const& trouble : report.troubles) {
        out.rows.push_back(trouble_row(report, trouble));
    }
    return out;
}

Section steps(Report const& report) {
    Section out{
        "Steps",
        "\n## Steps\n\n| Status | Step | Took | Summary |\n| --- | --- | ---: | --- |\n",
        {}};
    for (auto const& step : report.steps) {
        std::string indent;
        for (std::size_t i = 0; i < step.depth; ++i) {
            indent += "&emsp;";
        }
        auto const& record = step.found->record;
        bool const unfinished = step.status == Status::running;
        out.rows.push_back(fmt::format(
            "| {} {} | {}{} | {} | {} |\n",
            unfinished ? "▶️" : mark(tone(step.status)),
            unfinished ? "In progress" : word(step.status),
            indent,
            plain(step.title),
            record.finished_at ? time::human_duration(record.duration) : "—",
            step.killed ? "killed before it ended; no evidence" : plain(record.summary)));
    }
    return out;
}

// What Mermaid reads as anything but a name is left out of names.
std::string bare(std::string_view text) {
    std::string out;
    for (char const c : text::shorten(text, 60)) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        out += plain ? c : ' ';
    }
    return out;
}

// One row: the diagram is not cut.
Section gantt(Report const& report) {
    constexpr std::size_t most_bars = 100;
    std::string rows;
    for (std::size_t i = 0; i < report.steps.size() && i < most_bars; ++i) {
        auto const& step = report.steps[i];
        auto const& record = step.found->record;
        std::string_view const tag = tone(step.status) == "failed" ? "crit, " : "";
        rows += fmt::format(
            "    {} :{}s{}, {}, {}ms\n",
            bare(step.title),
            tag,
            i + 1,
            record.started_at.time_since_epoch().count(),
            std::max<std::int64_t>(1, record.duration.count()));
    }
    if (report.steps.size() > most_bars) {
        rows += fmt::format("%% {} steps omitted\n", report.steps.size() - most_bars);
    }
    return {
        "Timeline",
        "\n## Timeline\n\n",
        {fmt::format(
            "```mermaid\ngantt\n    dateFormat x\n    axisFormat %H:%M:%S\n    section "
            "Steps\n{}```\n",
            rows)}};
}

Section database(Report const& report) {
    Section out{
        "Database changes",
        "\n## Database changes\n\n| Migration | Status | Took | File | Checksum |\n"
        "| --- | --- | ---: | --- | --- |\n",
        {}};
    for (auto const& change : report.changes) {
        auto const& migration = change.migration;
        bool const dry = report.steps[change.step].found->record.dry_run;
        out.rows.push_back(fmt::format(
            "| {} | {}{} | {} | {} | {} |\n",
            code(migration.id),
            plain(migration.status),
            dry ? " (dry run)" : "",
            migration.duration ? time::human_duration(*migration.duration) : "—",
            code(migration.file),
            code(migration.checksum.substr(0, 12))));
    }
    if (report.applied_earlier > 0) {
        out.rows.push_back(fmt::format(
            "\n{} applied by earlier deployments.\n",
            text::counted(report.applied_earlier, "migration")));
    }
    return out;
}

Section backups(Report const& report) {
    Section out{
        "Backups",
        "\n## Backups\n\n| Backup | Database | Verified | Finished |\n| --- | ---: | --- | --- |\n",
        {}};
    for (auto const& step : report.steps) {
        if (step.backup) {
            auto const& ended = step.found->record.finished_at;
            out.rows.push_back(fmt::format(
                "| {}{} | {} | {} | {} |\n",
                code(step.backup->id),
                step.backup->kind.empty() ? "" : " " + plain(step.backup->kind),
                step.backup->database_bytes ? human_bytes(*step.backup->database_bytes) : "—",
                step.backup->level.empty() ? "—" : plain(step.backup->level),
                ended ? minute(*ended) : "never"));
        }
    }
    for (auto const& assurance : report.assurances) {
        out.rows.push_back(fmt::format("\n{}\n", plain(assurance)));
    }
    return out;
}

Section chain(Report const& report) {
    Section out{
        "Chain of evidence",
        "\n## Chain of evidence\n\n| Step | Link | File | SHA-256 | State |\n"
        "| --- | --- | --- | --- | --- |\n",
        {}};
    for (auto const& step : report.steps) {
        for (auto const& link : step.links) {
            out.rows.push_back(fmt::format(
                "| {} | {} {} | {} | {} | {} {}{} |\n",
                plain(step.title),
                link.input ? "relied on" : "made",
                plain(link.what),
                code(link.path),
                code(link.sha256.substr(0, 12)),
                broken(link.state)                ? "❌"
                : link.state == LinkState::intact ? "✅"
                                                  : "☁️",
                name(link.state),
                link.detail.empty() ? "" : ": " + plain(link.detail)));
        }
    }
    return out;
}

Section environment(Report const& report) {
    Section out{"Environment", "\n## Environment\n\n| | |\n| --- | --- |\n", {}};
    for (auto const& fact : report.facts) {
        std::vector<std::string> values;
        for (auto const& value : fact.values) {
            std::string const url = fact.name == "CI run" ? text::safe_url(value) : "";
            values.push_back(url.empty() ? code(value) : fmt::format("[open]({})", url));
        }
        out.rows.push_back(fmt::format("| {} | {} |\n", fact.name, text::join(values, ", ")));
    }
    return out;
}

Section review(Report const& report) {
    Section out{
        "Post-deployment review",
        "\n## Post-deployment review\n\n| Subject | What the records say |\n| --- | --- |\n",
        {}};
    for (auto const& finding : review_of(report)) {
        out.rows.push_back(fmt::format(
            "| {} | {} {} |\n", finding.subject, mark(finding.tone), plain(finding.text)));
    }
    return out;
}

Section notes(std::string_view kind, std::string_view heading, Report const& report) {
    Section out{std::string{heading}, fmt::format("\n## {}\n\n", heading), {}};
    for (auto const& note : report.notes) {
        if (note.kind == kind) {
            bool const judged = kind == "manual-check" || kind == "sign-off";
            out.rows.push_back(fmt::format(
                "- {}{}{} ({}{}{})\n",
                judged ? note.good ? "✅ " : "❌ " : "",
                note.role.empty() ? "" : plain(note.role) + ": ",
                plain(note.text),
                plain(note.person),
                note.person.empty() ? "" : ", ",
                minute(note.at)));
        }
    }
    return out;
}

Section advice(std::string heading, std::vector<Advice> const& list) {
    Section out{heading, fmt::format("\n## {}\n\n", heading), {}};
    for (auto const& advice : list) {
        out.rows.push_back(fmt::format(
            "- {}{}{}\n",
            prose(advice.text),
            advice.command.empty() ? "" : " " + code(advice.command),
            advice.source.empty() ? "" : fmt::format(" ({})", plain(advice.source))));
    }
    return out;
}

} // namespace

std::vector<Section> markdown(Report const& report, bool mermaid) {
    std::vector<Section> all{
        verdict(report),
        troubles(report),
        steps(report),
        mermaid ? gantt(report) : Section{"Timeline", {}, {}},
        database(report),
        backups(report),
        advice("Recommendations", report.recommendations),
        advice("Next steps", report.next),
        review(report)};
    for (auto const& [kind, heading] : note_kinds) {
        all.push_back(notes(kind, heading, report));
    }
    all.push_back(chain(report));
    all.push_back(environment(report));
    all.erase(
        std::remove_if(
            all.begin() + 1,
            all.end(),
            [](Section const& section) { return section.rows.empty(); }),
        all.end());
    all.push_back(
        {"origin",
         fmt::format(
             "\n<sub>Made by Slipway {} at {}; every time is UTC.</sub>\n",
             plain(report.version),
             minute(report.made_at)),
         {}});
    return all;
}

std::string joined(std::vector<Section> const& sections, std::size_t limit) {
    constexpr std::size_t notice_room = 200; // for one notice
    std::size_t const room = limit - std::min(limit, notice_room * (sections.size() + 1));
    std::string out;
    for (auto const& section : sections) {
        std::size_t const first = section.rows.empty() ? 0 : section.rows.front().size();
        if (out.size() + section.head.size() + first > room) {
            if (section.name != "origin") {
                out += fmt::format(
                    "\n_{}: omitted for length ({}); it is in the full report._\n",
                    section.name,
                    text::counted(section.rows.size(), "row"));
            }
            continue;
        }
        out += section.head;
        std::size_t written = 0;
        while (written < section.rows.size() && out.size() + section.rows[written].size() <= room) {
            out += section.rows[written];
            ++written;
        }
        if (written < section.rows.size()) {
            out += fmt::format(
                "\n_{} omitted for length; the full report has them._\n",
                section.rows.size() - written);
        }
    }
    return out;
}

} // namespace slipway::report_render
