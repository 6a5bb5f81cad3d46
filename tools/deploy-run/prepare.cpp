// SPDX-License-Identifier: Apache-2.0
#include "prepare.hpp"

#include "ci/environment.hpp"
#include "ci/system.hpp"
#include "record/run.hpp"
#include "record/write.hpp"
#include "secrets.hpp"
#include "step/sibling.hpp"
#include "text/escape.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace slipway::deploy_run {

namespace {

// What `${NAME}` may name besides the environment: where this deployment keeps its records.
config::Lookup lookup_for(fs::Path const& records, tool::Context const& context) {
    return [records, &context](std::string const& name) -> std::optional<std::string> {
        if (name == "SLIPWAY_DIR") {
            return context.folder().string();
        }
        if (name == "SLIPWAY_RECORDS") {
            return records.string();
        }
        if (name == "SLIPWAY_RUN_ID") {
            return context.record.run.id;
        }
        return ci::variable(name);
    };
}

// Where `run` has its record; a plan has another one, but tells of that run.
fs::Path run_record(tool::Context const& context) {
    bool const own = context.verb == "run" && !context.record.dry_run;
    return own ? context.record_path
               : context.folder() / record::file_name(context.record.tool, "run", false);
}

std::string shown(Step const& step, Invocation const& invocation) {
    if (!step.run.empty()) {
        return step.run;
    }
    std::string out = step.uses;
    for (auto const& word : invocation.words) {
        out += " " + text::shell_quote(word);
    }
    if (!invocation.command_line.empty()) {
        out += " --";
        for (auto const& word : invocation.command_line) {
            out += " " + text::shell_quote(word);
        }
    }
    return out;
}

// GitHub hides in its log only what it was told of.
void mask_in_ci(tool::Context const& context) {
    if (context.log.settings().format != log::Format::github) {
        return;
    }
    for (auto const& value : context.redactor.values()) {
        if (value.find('\n') == std::string::npos) {
            std::fputs(ci::mask_command(value).c_str(), stderr);
        }
    }
}

void spell_all(Deployment& deployment, tool::Context& context) {
    Catalogue catalogue{context.stop};
    learn_secrets(deployment.pipeline, context.redactor);
    for (auto const& step : deployment.pipeline.steps) {
        if (!step.uses.empty()) {
            learn_secrets(catalogue.of(step.uses, step.uses_where), context.redactor);
        }
    }
    int number = 0;
    for (auto const& step : deployment.pipeline.steps) {
        Entry entry;
        entry.step = step;
        if (!step.uses.empty()) {
            auto const& tool = catalogue.of(step.uses, step.uses_where);
            entry.invocation = arguments_of(step, tool, context.redactor);
            for (auto const& [name, value] : entry.invocation.secrets) {
                for (auto const line : text::lines(value)) {
                    context.redactor.add(line);
                }
            }
        }
        entry.shown = shown(step, entry.invocation);
        entry.record = step::output_below(run_record(context), ++number, step.id);
        deployment.entries.push_back(std::move(entry));
    }
    mask_in_ci(context);
    for (auto& entry : deployment.entries) {
        entry.definition = definition_of(entry.step, deployment.environment, context.redactor);
    }
}

void take_over(Entry& entry, Before const& before, fs::Path const& folder) {
    entry.fate = Fate::reuse;
    entry.because.clear();
    entry.status = before.status;
    entry.record = folder / before.record;
    entry.sha256 = before.sha256;
    entry.taken = before.inputs;
}

void resume(Deployment& deployment, tool::Context const& context, std::size_t end) {
    auto earlier =
        find_earlier(run_record(context), deployment.pipeline.path.string(), context.record.run.id);
    if (!earlier) {
        return;
    }
    std::vector<Wanted> wanted;
    for (auto const& entry : deployment.entries) {
        auto const& step = entry.step;
        wanted.push_back({step.id, entry.definition, step.inputs, step.always, step.rollback});
    }
    auto const& folder = deployment.folder;
    auto const decisions = decide(
        wanted, earlier->steps, [&](std::string const& record) -> std::optional<std::string> {
            std::error_code ignored;
            if (record.empty() || !std::filesystem::is_regular_file(folder / record, ignored)) {
                return std::nullopt;
            }
            return record::sha256_of_file(folder / record);
        });
    for (std::size_t i = 0; i < end; ++i) {
        auto& entry = deployment.entries[i];
        if (!decisions[i].trusted) {
            entry.because = decisions[i].ran_before ? decisions[i].because : "";
            continue;
        }
        auto const before =
            std::find_if(earlier->steps.begin(), earlier->steps.end(), [&](Before const& step) {
                return step.id == entry.step.id;
            });
        take_over(entry, *before, folder);
    }
    deployment.resumed_from = std::move(earlier);
}

void leave_out(Entry& entry, std::string because) {
    entry.fate = Fate::skip;
    entry.because = std::move(because);
    entry.sha256.clear();
    entry.status = "waiting";
    entry.taken.clear();
}

// The emergency switch: whoever uses it in production says why, and who answers for it.
void skip_tests(Options const& options, tool::Context const& context, Deployment& deployment) {
    if (!options.skip_tests) {
        return;
    }
    auto const& relaxed = context.options.relaxed_environments;
    bool const production =
        std::find(relaxed.begin(), relaxed.end(), deployment.environment) == relaxed.end();
    if (production && (options.reason.empty() || options.approved_by.empty())) {
        throw Error{
            ErrorKind::refused,
            "--skip-tests in production wants a reason and somebody's approval",
            "Add --reason TEXT and --approved-by NAME; both go into the record and the report."};
    }
    for (auto& entry : deployment.entries) {
        if (entry.step.tests) {
            leave_out(entry, "--skip-tests");
            entry.excused = true;
        }
    }
    deployment.skipped_tests = SkippedTests{options.reason, options.approved_by};
}

void choose(Options const& options, tool::Context const& context, Deployment& deployment) {
    auto& entries = deployment.entries;
    std::size_t const first =
        options.from.empty() ? 0 : position_of(deployment.pipeline, options.from, "--from");
    std::vector<std::size_t> left_out;
    for (auto const& id : options.skip) {
        left_out.push_back(position_of(deployment.pipeline, id, "--skip"));
    }
    if (options.resume || first > 0) {
        // With --from alone only the steps before it are asked for their evidence.
        resume(deployment, context, options.resume ? entries.size() : first);
    }
    for (std::size_t i = 0; i < first; ++i) {
        if (entries[i].fate != Fate::reuse) {
            entries[i].fate = Fate::skip;
            entries[i].because = fmt::format("--from {}", options.from);
        }
    }
    for (std::size_t const i : left_out) {
        leave_out(entries[i], "--skip");
    }
    for (auto& entry : entries) {
        if (entry.step.left_out) {
            leave_out(entry, fmt::format("not in {}", deployment.environment));
        }
    }
    skip_tests(options, context, deployment);
}

} // namespace

Deployment prepare(Options const& options, tool::Context& context) {
    if (!context.options.inputs.empty()) {
        throw Error{
            ErrorKind::usage,
            "deploy-run itself relies on no --input",
            "Name under inputs: the steps whose records a step is to be given, or its files under "
            "with: {input: [...]}."};
    }
    Deployment deployment;
    deployment.folder = context.folder();
    auto const records = step::output_below(run_record(context), 1, "x").parent_path();
    auto const variable = lookup_for(records, context);
    // One spelling of the path, since a resumed run is known by it.
    std::error_code ignored;
    auto const path = std::filesystem::proximate(options.pipeline, ignored);
    deployment.pipeline =
        read_pipeline(ignored ? options.pipeline : path, variable, context.options.environment);
    deployment.environment = context.options.environment.empty() ? deployment.pipeline.environment
                                                                 : context.options.environment;
    context.record.run.environment = deployment.environment;
    if (context.record.run.name.empty()) {
        context.record.run.name = deployment.pipeline.name;
    }
    spell_all(deployment, context);
    choose(options, context, deployment);
    return deployment;
}

} // namespace slipway::deploy_run
