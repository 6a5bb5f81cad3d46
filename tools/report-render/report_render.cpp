// SPDX-License-Identifier: Apache-2.0
#include "report_render.hpp"

#include "ci/system.hpp"
#include "error/error.hpp"
#include "evidence_checks.hpp"
#include "html.hpp"
#include "junit.hpp"
#include "markdown.hpp"
#include "record/write.hpp"
#include "report.hpp"
#include "report_json.hpp"
#include "sarif.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "tool/main.hpp"
#include "user_template.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::report_render {

namespace {

// GitHub refuses a step's summary beyond 1 MiB, all of it.
constexpr std::size_t summary_limit = 1'000'000;
constexpr std::uint64_t largest_template = std::uint64_t{1} << 20U;

struct File {
    std::string name;
    std::string kind;
    std::string content;
};

std::vector<File> render(Report const& report, std::string const& format, bool mermaid) {
    if (format == "html") {
        return {{"report.html", "report.html", html(report)}};
    }
    if (format == "summary") {
        return {{"summary.md", "report.summary", joined(markdown(report, mermaid), summary_limit)}};
    }
    if (format == "json") {
        return {{"report.json", "report.json", report_json(report)}};
    }
    if (format == "sarif") {
        return {{"report.sarif", "report.sarif", sarif(report)}};
    }
    if (format == "junit") {
        std::vector<File> out;
        for (auto const& document : junit(report)) {
            std::string const number = out.empty() ? "" : fmt::format("-{}", out.size() + 1);
            out.push_back({"junit" + number + ".xml", "report.junit", document});
        }
        return out;
    }
    return {{"report.md", "report.markdown", joined(markdown(report, mermaid), std::string::npos)}};
}

fs::Path out_folder(Options const& options, std::vector<fs::Path> const& from) {
    if (!options.out.empty()) {
        return options.out;
    }
    std::error_code ignored;
    bool const folder = std::filesystem::is_directory(from.front(), ignored);
    fs::Path const parent = from.front().parent_path();
    return folder ? from.front() : parent.empty() ? fs::Path{"."} : parent;
}

fs::Path write_file(File const& file, fs::Path const& folder, tool::Context& context) {
    fs::Path const path = folder / file.name;
    std::string const content = context.redactor.redact(file.content);
    fs::write_atomic(path, content);
    context.record.artifacts.push_back(record::artifact_of(file.kind, path, context.folder()));
    if (file.name == "summary.md") {
        ci::write_step_summary(content);
    }
    return path;
}

void tell(Report const& report, std::vector<fs::Path> const& written, tool::Context& context) {
    auto& record = context.record;
    (*record.data)["verdict"] = record::name(report.verdict.status);
    (*record.data)["rolled_back"] = report.verdict.rolled_back;
    (*record.data)["steps"] = report.steps.size();
    (*record.data)["checks"] = {
        {"passed", report.counts.passed},
        {"warned", report.counts.warned},
        {"failed", report.counts.failed},
        {"skipped", report.counts.skipped},
        {"undecided", report.counts.undecided}};
    auto const html = std::find_if(written.begin(), written.end(), [](fs::Path const& path) {
        return path.extension() == ".html";
    });
    fs::Path const& main = html == written.end() ? written.front() : *html;
    record.summary = fmt::format(
        "{}: {} ({})",
        text::lower(report.verdict.word),
        text::shorten(report.verdict.sentence, 300),
        main.string());
    ci::write_output("verdict", record::name(report.verdict.status));
    ci::write_output("report", main.string());
}

void declare_note(cli::Spec& spec, NoteOptions& note) {
    spec.option(note.kind, "--kind KIND", "what kind of note it is")
        .choices(kinds_of_notes())
        .only_for({"note"});
    spec.option(note.text, "--text TEXT", "the note").only_for({"note"});
    spec.option(note.person, "--person NAME", "whose note it is")
        .standard("who started the run")
        .only_for({"note"});
    spec.option(note.role, "--role ROLE", "what that person signs as").only_for({"note"});
    spec.option(note.bad, "--bad", "the manual check failed, or the sign-off is refused")
        .only_for({"note"});
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.verb("render", "write the report of the records", true);
    spec.verb("note", "keep what a person saw, decided or signed as a record of its own");
    spec.positional(options.records, "RECORD", "records, or folders of records")
        .standard("$SLIPWAY_DIR, by default slipway-out")
        .only_for({"render"});
    spec.option(
            options.formats,
            "--format FORMAT",
            "what to write: md, html, summary, junit, sarif, json; several with commas")
        .standard("md,html")
        .only_for({"render"});
    spec.option(options.out, "--out DIR", "the folder for the report")
        .env("REPORT_DIR")
        .standard("the folder of the records")
        .only_for({"render"});
    spec.option(options.title, "--title TEXT", "the heading of the report").only_for({"render"});
    spec.option(options.strict, "--strict", "a broken chain of evidence makes exit 1")
        .only_for({"render"});
    spec.option(options.mermaid, "--mermaid", "a Mermaid timeline in md and summary")
        .only_for({"render"});
    spec.option(
            options.template_file,
            "--template FILE",
            "a Mustache template of your own; report-NAME is written beside the formats")
        .only_for({"render"});
    spec.option(
            options.print_template,
            "--print-template",
            "show a template to begin from in the log and the record; render nothing")
        .only_for({"render"});
    declare_note(spec, options.note);
    spec.output("verdict", "the status of the deployment as a whole");
    spec.output("report", "the path of the report");
    spec.example("report-render", "report.md and report.html of the records in slipway-out");
    spec.example(
        "report-render note --kind sign-off --role Owner --person \"A. Jones\" --text \"Works "
        "live\"",
        "a sign-off, which the report shows");
    spec.example(
        "report-render --format summary --strict slipway-out",
        "a job summary; fails where the chain of evidence is broken");
}

std::vector<std::string> formats_of(std::vector<std::string> const& given) {
    std::vector<std::string> const known{"md", "html", "summary", "junit", "sarif", "json"};
    std::vector<std::string> out;
    for (auto const& value : given) {
        for (auto const piece : text::split(value, ',')) {
            std::string const format{text::trim(piece)};
            if (std::find(known.begin(), known.end(), format) == known.end()) {
                std::string const near = text::nearest(format, known);
                throw Error{
                    ErrorKind::usage,
                    fmt::format("--format: {} is no format", text::printable_line(format)),
                    near.empty() ? "The formats are md, html, summary, junit, sarif and json."
                                 : fmt::format("Did you mean {}?", near)};
            }
            if (std::find(out.begin(), out.end(), format) == out.end()) {
                out.push_back(format);
            }
        }
    }
    return out;
}

void run(Options const& options, tool::Context& context) {
    if (context.verb == "note") {
        keep_note(options.note, context);
        return;
    }
    if (options.print_template) {
        // stdout is for one summary line: the record has it, as what slack-notify --print shows.
        context.log.info(starting_template());
        (*context.record.data)["template"] = starting_template();
        context.record.status = record::Status::passed;
        context.record.summary = "the template is in the record: data.template";
        return;
    }
    auto const formats = formats_of(options.formats);
    auto const from = deployment::sources(options.records, context.options.inputs);
    Report report;
    deployment::build(
        report,
        deployment::gather(from),
        {options.title, std::string{tool::version()}, context.clock.now(), context.record_path});
    for (auto const& step : report.steps) {
        context.rely_on(*step.found);
    }
    add_evidence_checks(report, options.strict, context.record);
    fs::Path const folder = out_folder(options, from);
    fs::make_folder(folder);
    std::vector<fs::Path> written;
    for (auto const& format : formats) {
        for (auto const& file : render(report, format, options.mermaid)) {
            written.push_back(write_file(file, folder, context));
        }
    }
    if (!options.template_file.empty()) {
        written.push_back(write_file(
            {name_of_report(options.template_file),
             "report.template",
             by_template(
                 report,
                 fs::read_file(options.template_file, largest_template),
                 options.template_file)},
            folder,
            context));
    }
    tell(report, written, context);
}

} // namespace slipway::report_render
