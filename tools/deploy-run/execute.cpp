// SPDX-License-Identifier: Apache-2.0
#include "execute.hpp"

#include "ci/environment.hpp"
#include "proc/command.hpp"
#include "record/write.hpp"
#include "signal/stop.hpp"
#include "text/join.hpp"
#include "text/line_buffer.hpp"
#include "time/duration.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::deploy_run {

namespace {

using Show = std::function<void(std::string_view)>;

// A tool is given its deadline itself, so that it cleans up; this is for one that does not.
constexpr time::Milliseconds patience_after_deadline{10'000};
// Our own record must be there five seconds after a signal (tool::main), and tell of the step.
constexpr time::Milliseconds grace_of_commands{3500};
constexpr time::Milliseconds grace_of_tools{4500};

fs::Path full_path(fs::Path const& path) {
    return std::filesystem::absolute(path).lexically_normal();
}

std::string last_line(std::string_view text) {
    std::string last;
    for (auto const line : text::lines(text)) {
        if (!text::trim(line).empty()) {
            last = text::trim(line);
        }
    }
    return text::shorten(last, 200);
}

Variables variables_for(Entry const& entry, tool::Context const& context) {
    Variables out = entry.step.environment;
    out.emplace_back("SLIPWAY_DIR", full_path(context.folder()).string());
    out.emplace_back("SLIPWAY_RUN_ID", context.record.run.id);
    return out;
}

Variables variables_for_tool(Entry const& entry, tool::Context const& context) {
    Variables out = variables_for(entry, context);
    auto const& secrets = entry.invocation.secrets;
    out.insert(out.end(), secrets.begin(), secrets.end());
    // Its lines come through our log, which knows how to show them.
    out.emplace_back("SLIPWAY_LOG_FORMAT", "json");
    out.emplace_back("SLIPWAY_LOG_LEVEL", context.options.log_level);
    out.emplace_back("SLIPWAY_NAME", context.options.name);
    if (!context.options.config.empty()) {
        out.emplace_back("SLIPWAY_CONFIG", full_path(context.options.config).string());
    }
    return out;
}

std::vector<std::string> words_for_tool(
    Entry const& entry,
    Deployment const& deployment,
    std::vector<fs::Path> const& inputs,
    tool::Context const& context) {
    auto const& invocation = entry.invocation;
    std::vector<std::string> words = invocation.words;
    for (auto const& input : inputs) {
        words.push_back("--input=" + full_path(input).string());
    }
    if (!invocation.has_environment && !deployment.environment.empty()) {
        words.push_back("--environment=" + deployment.environment);
    }
    if (!invocation.has_timeout && entry.step.timeout.count() > 0) {
        words.push_back("--timeout=" + time::spell_duration(entry.step.timeout));
    }
    // The tool cannot ask a person any more; where the step was confirmed, so is the tool.
    if (!invocation.has_yes && (context.options.yes || !entry.step.confirm.empty())) {
        words.emplace_back("--yes");
    }
    if (!invocation.command_line.empty()) {
        words.emplace_back("--");
        words.insert(words.end(), invocation.command_line.begin(), invocation.command_line.end());
    }
    return words;
}

Result execute_tool(
    Entry const& entry,
    Deployment const& deployment,
    std::vector<fs::Path> const& inputs,
    Show const& show,
    tool::Context& context) {
    step::Start start;
    start.tool = entry.step.uses;
    start.arguments = words_for_tool(entry, deployment, inputs, context);
    start.output = full_path(entry.record);
    start.environment = variables_for_tool(entry, context);
    start.grace = grace_of_tools;
    start.on_log_line = show;
    if (entry.step.timeout.count() > 0) {
        start.timeout = entry.step.timeout + patience_after_deadline;
    }
    auto const ended = step::run(start, context.stop);
    Result result = judge_tool(ended);
    if (ended.outcome.stopped && result.status == record::Status::aborted) {
        // It got our SIGTERM; what we got is what a reader wants to know.
        auto const error = signal::stopped_error();
        result.failure = error.kind();
        result.summary = error.message();
    }
    return result;
}

std::vector<std::string> variables_of_deploy_run() {
    std::vector<std::string> out;
    for (auto const& entry : ci::environment()) {
        if (entry.starts_with("SLIPWAY_DEPLOY_RUN_")) {
            out.push_back(entry.substr(0, entry.find('=')));
        }
    }
    return out;
}

record::Record record_of_command(Entry const& entry, tool::Context const& context) {
    record::Record out;
    out.tool = "deploy-run";
    out.version = context.record.version;
    out.run = context.record.run;
    out.command = "step";
    out.started_at = context.clock.now();
    out.data = json::Box{
        json::Value{{"id", entry.step.id}, {"command", entry.step.run}, {"exit_code", nullptr}}};
    return out;
}

proc::Outcome run_command(
    Entry const& entry,
    std::vector<fs::Path> const& inputs,
    Show const& show,
    tool::Context& context) {
    text::LineBuffer output{show};
    std::string paths;
    for (auto const& input : inputs) {
        paths += full_path(input).string() + "\n";
    }
    proc::Command command;
    command.program = "/bin/sh";
    command.arguments = {"-c", entry.step.run};
    command.environment = variables_for(entry, context);
    command.environment.emplace_back("SLIPWAY_STEP", entry.step.id);
    command.environment.emplace_back("SLIPWAY_INPUTS", paths);
    command.remove_environment = variables_of_deploy_run();
    command.on_output = [&](std::string_view chunk) {
        output.add(chunk);
    };
    command.on_error_line = show;
    command.timeout = entry.step.timeout;
    command.grace = grace_of_commands;
    auto outcome = proc::run(command, context.stop);
    output.flush();
    return outcome;
}

Result execute_command(
    Entry const& entry,
    std::vector<fs::Path> const& inputs,
    Show const& show,
    tool::Context& context) {
    auto own = record_of_command(entry, context);
    fs::make_folder(entry.record.parent_path());
    record::archive(entry.record);
    record::write(own, entry.record, context.redactor);
    Result result;
    try {
        result = judge_command(run_command(entry, inputs, show, context));
    } catch (Error const& error) {
        result.status = record::status_of(error.kind());
        result.failure = error.kind();
        result.summary = error.message();
        result.hint = error.hint();
    }
    own.status = result.status;
    own.summary = result.summary;
    if (result.failure) {
        own.error = Error{*result.failure, result.summary, result.hint};
    }
    (*own.data)["exit_code"] = result.exit_code ? json::Value(*result.exit_code) : json::Value();
    own.exit_code = record::exit_code(own.status, own.error);
    own.finished_at = context.clock.now();
    own.duration = *own.finished_at - own.started_at;
    record::write(own, entry.record, context.redactor);
    result.record = record::read(entry.record);
    return result;
}

Result failed(ErrorKind kind, std::string summary, std::string hint) {
    Result out;
    out.status = record::status_of(kind);
    out.failure = kind;
    out.summary = std::move(summary);
    out.hint = std::move(hint);
    return out;
}

} // namespace

ErrorKind kind_of_exit_code(int code) {
    for (auto const kind :
         {ErrorKind::usage,
          ErrorKind::unavailable,
          ErrorKind::refused,
          ErrorKind::timeout,
          ErrorKind::in_doubt,
          ErrorKind::undecided,
          ErrorKind::internal,
          ErrorKind::interrupted,
          ErrorKind::terminated}) {
        if (exit_code(kind) == code) {
            return kind;
        }
    }
    return ErrorKind::failed;
}

Result judge_tool(step::Ended const& ended) {
    auto const& outcome = ended.outcome;
    Result out;
    if (!ended.record || ended.record->record.status == record::Status::running) {
        // Killed in the middle of its work: what it had reached is not known.
        bool const killed = outcome.signal != 0 || (ended.record && !outcome.ok());
        ErrorKind const kind = killed         ? ErrorKind::in_doubt
                               : outcome.ok() ? ErrorKind::failed
                                              : kind_of_exit_code(outcome.exit_code);
        std::string const cause = last_line(outcome.error_tail);
        out = failed(
            kind,
            fmt::format(
                "{}, {}{}{}",
                outcome.how(),
                ended.record ? "its record is unfinished" : "it left no record",
                cause.empty() ? "" : ": ",
                cause),
            killed ? "Find out what the step had reached before you go on." : "");
    } else {
        auto const& record = ended.record->record;
        bool const good = outcome.ok() && record::exit_code(record.status, record.error) == 0;
        out.status = record.status;
        out.summary = record.summary;
        if (!good) {
            out.failure = record.error    ? record.error->kind()
                          : !outcome.ok() ? kind_of_exit_code(outcome.exit_code)
                                          : ErrorKind::failed;
            out.status = outcome.ok() || record::exit_code(record.status, record.error) != 0
                             ? record.status
                             : record::status_of(*out.failure);
            out.summary = record.error ? record.error->message() : record.summary;
            out.hint = record.error ? record.error->hint() : "";
        }
        out.record = ended.record;
    }
    if (outcome.signal == 0) {
        out.exit_code = outcome.exit_code;
    }
    return out;
}

Result judge_command(proc::Outcome const& outcome) {
    Result out;
    out.summary = outcome.how();
    std::string const cause = last_line(outcome.error_tail);
    std::string const why = cause.empty() ? outcome.how() : outcome.how() + ": " + cause;
    if (outcome.stopped) {
        auto const error = signal::stopped_error();
        out = failed(error.kind(), error.message(), error.hint());
    } else if (outcome.timed_out) {
        out = failed(ErrorKind::timeout, why, "Give the step more time with timeout:.");
    } else if (outcome.exit_code == 126 || outcome.exit_code == 127) {
        out = failed(ErrorKind::unavailable, why, "Look whether the command is there and may run.");
    } else if (!outcome.ok()) {
        out = failed(ErrorKind::failed, why, "Look at the step's lines in the log.");
    }
    if (outcome.signal == 0) {
        out.exit_code = outcome.exit_code;
    }
    return out;
}

Result execute(
    Entry const& entry,
    Deployment const& deployment,
    std::vector<fs::Path> const& inputs,
    std::function<void(std::string_view)> const& show,
    tool::Context& context) {
    try {
        return entry.step.uses.empty() ? execute_command(entry, inputs, show, context)
                                       : execute_tool(entry, deployment, inputs, show, context);
    } catch (Error const& error) {
        return failed(error.kind(), error.message(), error.hint());
    }
}

} // namespace slipway::deploy_run
