// SPDX-License-Identifier: Apache-2.0
#include "init.hpp"

#include "error/error.hpp"
#include "text/join.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

// JSON's strings are YAML's, too.
std::string quoted(std::string const& text) {
    return json::write(json::Value(text));
}

std::string list(std::vector<std::string> const& words) {
    std::vector<std::string> out;
    for (auto const& word : words) {
        out.push_back(quoted(word));
    }
    return "[" + text::join(out, ", ") + "]";
}

class Writer {
public:
    explicit Writer(Project const& project) : project_(project) {}

    Written write() {
        head();
        before();
        migrations();
        application();
        watch();
        end();
        return std::move(out_);
    }

private:
    void line(std::string const& text) { out_.text += text + "\n"; }

    void missing(std::string what, std::string const& how) {
        line("  # Missing: " + what + ". " + how);
        line("");
        out_.missing.push_back(std::move(what) + ". " + how);
    }

    [[nodiscard]] std::string id_of(std::string_view base, std::size_t index) const {
        return index == 0 ? std::string{base} : fmt::format("{}-{}", base, index + 1);
    }

    // `env` and `sh` only lead to what counts.
    [[nodiscard]] std::string program_of_tests() const {
        auto const& words = project_.tests->words;
        return words.front() == "env"  ? project_.package_manager
               : words.front() == "sh" ? "go"
                                       : words.front();
    }

    void head() {
        line("# Written by deploy-run init for the folder that it stood in. Try it: deploy-run "
             "plan");
        line(
            "# It wants DATABASE_URL" +
            std::string{project_.health.empty() ? "" : " and API_BASE"} +
            "; backups go to BACKUP_DIR, or the folder backups.");
        line("name: " + quoted(project_.name));
        line("environment: staging");
        line("env: { BACKUP_DIR: \"${BACKUP_DIR:-backups}\" }");
        line("steps:");
    }

    void before() {
        std::vector<std::string> folders;
        for (auto const& each : project_.migrations) {
            folders.push_back(each.folder);
        }
        line("  - id: preflight");
        line("    uses: preflight");
        line("    with:");
        if (!folders.empty()) {
            line("      migrations: " + list(folders));
        }
        line("      backup-to: [\"${BACKUP_DIR}\"]");
        if (project_.tests) {
            line("      require-tool: " + list({program_of_tests()}));
        }
        line(
            "      require-env: " +
            list(
                project_.health.empty() ? std::vector<std::string>{"DATABASE_URL"}
                                        : std::vector<std::string>{"DATABASE_URL", "API_BASE"}));
        line("");
        if (!project_.build.empty()) {
            line("  - id: build");
            line("    run: " + quoted(project_.build));
            line("");
        }
        line("  - id: backup");
        line("    uses: db-backup");
        line("    with: { to: [\"${BACKUP_DIR}\"], verify: restore, keep: 5 }");
        line("");
    }

    void migrations() {
        auto const& all = project_.migrations;
        for (std::size_t i = 0; i < all.size(); ++i) {
            line(fmt::format(
                "  # {} of the layout {}",
                text::counted(all[i].files, "migration"),
                all[i].layout));
            line("  - id: " + id_of("rehearse", i));
            line("    uses: migrate-apply");
            line(fmt::format("    with: {{ dir: {}, dry-run: shadow }}", quoted(all[i].folder)));
            line("");
        }
        for (std::size_t i = 0; i < all.size(); ++i) {
            line("  - id: " + id_of("migrate", i));
            line("    uses: migrate-apply");
            line("    confirm: Apply the migrations?");
            line("    inputs: [backup]");
            line(fmt::format(
                "    with: {{ dir: {}, require-backup: true }}", quoted(all[i].folder)));
            line("");
        }
        for (auto const& each : project_.passed_over) {
            missing("migrations that can be applied", each);
        }
        if (all.empty() && project_.passed_over.empty()) {
            missing(
                "a folder of migrations", "Add steps with uses: migrate-apply, once there is one.");
        }
    }

    void application() {
        if (project_.deploy.empty()) {
            missing(
                "the command that deploys the application",
                "Add a step deploy with run: and on_failure: rollback.");
        } else {
            line("  - id: deploy");
            line("    run: " + quoted(project_.deploy));
            line("    timeout: 15m");
            line("");
        }
        if (project_.health.empty()) {
            missing(
                "a health endpoint",
                "Add a step with uses: health-check, once the application has one.");
        } else {
            line("  # found in " + project_.health_place);
            line("  - id: health");
            line("    uses: health-check");
            line("    with: { url: [\"${API_BASE}" + project_.health + "\"], wait: 60s }");
            line("");
        }
        if (!project_.tests) {
            missing(
                "a test command whose report is known",
                "Add a step with uses: test-run; see its page for how runners report.");
        } else {
            line("  # taken from " + project_.tests->because);
            line("  - id: tests");
            line("    uses: test-run");
            line("    timeout: 20m");
            line("    with:");
            line("      report: " + list({project_.tests->report}));
            line("      COMMAND: " + list(project_.tests->words));
            line("");
        }
    }

    void watch() {
        line("  - id: watch");
        line("    uses: monitor");
        line("    with:");
        if (!project_.health.empty()) {
            line("      endpoint: [" + quoted(project_.health) + "]");
        }
        line("      for: \"${WATCH_FOR:-30m}\"");
        line("      every: \"${WATCH_EVERY:-30s}\"");
        line("");
    }

    void end() {
        missing(
            "what undoes a bad deployment",
            "Give steps on_failure: rollback, and add one with rollback: true, uses: rollback, "
            "command: run and your scope, as docs/examples/pipelines/standard.yaml has it.");
        line("  - id: report");
        line("    uses: report-render");
        line("    always: true");
        line("    with: { format: [md, html, junit] }");
        line("");
        line("  - id: notify");
        line("    uses: slack-notify");
        line("    always: true");
        line("    inputs: all");
        line("    on_failure: continue");
        line("    with: { print: true } # without print, and with SLACK_WEBHOOK_URL, it is sent");
    }

    Project const& project_;
    Written out_;
};

} // namespace

Written pipeline_for(Project const& project) {
    return Writer{project}.write();
}

void init(fs::Path const& file, tool::Context& context) {
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        throw Error{
            ErrorKind::refused,
            fmt::format("{} is there already", file.string()),
            "Name another file: deploy-run init other.yaml."};
    }
    auto const project = look_at_project(".");
    auto const written = pipeline_for(project);
    fs::write_atomic(file, written.text);
    for (auto const& each : project.migrations) {
        context.log.info(fmt::format(
            "found {} of the layout {} in {}",
            text::counted(each.files, "migration"),
            each.layout,
            each.folder));
    }
    for (auto const& each : written.missing) {
        context.log.warning("missing: " + each);
    }
    auto& data = *context.record.data;
    data["written"] = file.string();
    data["missing"] = written.missing;
    context.record.status = record::Status::passed;
    context.record.summary = fmt::format(
        "wrote {}; {} missing, named in it. Try it: deploy-run plan {}",
        file.string(),
        text::counted(written.missing.size(), "thing"),
        file.string());
}

} // namespace slipway::deploy_run
