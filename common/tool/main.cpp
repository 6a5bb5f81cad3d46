// SPDX-License-Identifier: Apache-2.0
#include "tool/main.hpp"

#include "ci/environment.hpp"
#include "ci/system.hpp"
#include "cli/help.hpp"
#include "cli/parse.hpp"
#include "json/value.hpp"
#include "record/read.hpp"
#include "record/run.hpp"
#include "record/write.hpp"
#include "signal/stop.hpp"
#include "text/utf8.hpp"
#include "tool/configuration.hpp"
#include "tool/shared_options.hpp"
#include "tool/watchdog.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::tool {

namespace {

// Runners wait 7.5 s after SIGINT and 2.5 s after SIGTERM; the record must be there before.
constexpr time::Milliseconds grace_after_signal{5000};

void print(std::string_view text) {
    // Nobody may be listening any more; the record tells it all the same.
    static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
    static_cast<void>(std::fflush(stdout));
}

struct Session {
    Instance instance;
    Shared shared;
    time::SystemClock clock;
    secret::Redactor redactor;
    record::Record record;
    fs::Path path;
    bool opened = false; // the record file is there
    std::mutex mutex;    // the record is written by the end and by the overdue watch
    bool written = false;
    std::vector<std::string> arguments;
};

std::optional<Closing> closing(Session const& session) {
    return session.instance.close ? session.instance.close(session.record, session.arguments)
                                  : std::nullopt;
}

void open_record(Session& session) {
    auto& record = session.record;
    session.path = session.shared.output;
    if (session.path.empty()) {
        session.path =
            record::folder() / record::file_name(record.tool, record.command, record.dry_run);
    }
    if (session.path.has_parent_path()) {
        fs::make_folder(session.path.parent_path());
    }
    auto const folder = session.path.has_parent_path() ? session.path.parent_path() : ".";
    record.run = record::current_run(
        session.shared.output.empty() ? record::folder() : fs::Path{folder},
        session.shared.environment,
        session.shared.name);
    record::archive(session.path);
    record::write_opening(record, session.path, session.redactor);
    session.opened = true;
}

// Fills in the end and writes the record; the first caller wins.
void close_record(Session& session) {
    std::scoped_lock const lock{session.mutex};
    auto& record = session.record;
    if (session.written || !session.opened) {
        return;
    }
    record.finished_at = session.clock.now();
    // The civil clock may have been set back in the meantime.
    record.duration = std::max(time::Milliseconds{0}, *record.finished_at - record.started_at);
    record.exit_code = record::exit_code(record.status, record.error);
    record::write_and_redact(record, session.path, session.redactor);
    session.written = true;
}

void fail(Session& session, Error const& error) {
    session.record.error = error;
    session.record.status = record::status_of(error.kind());
    if (session.record.summary.empty()) {
        session.record.summary = error.message();
    }
}

// The record as the last checkpoint left it: the working thread may be filling the one in memory
// at this moment, while a file is replaced as a whole.
record::Record last_checkpoint(Session const& session) {
    try {
        return record::read(session.path).record;
    } catch (Error const&) {
        record::Record last;
        last.tool = session.record.tool;
        last.version = session.record.version;
        last.run = session.record.run;
        last.command = session.record.command;
        last.dry_run = session.record.dry_run;
        last.started_at = session.record.started_at;
        return last;
    }
}

void overdue(Session& session, ErrorKind kind) {
    std::scoped_lock const lock{session.mutex};
    if (session.written || !session.opened) {
        return;
    }
    record::Record last = last_checkpoint(session);
    last.finished_at = session.clock.now();
    last.duration = std::max(time::Milliseconds{0}, *last.finished_at - last.started_at);
    last.error = Error{
        kind,
        "stopped by a signal, and did not end in time",
        "What it reached after the last checkpoint is not known to the record; look at the server "
        "and the log."};
    last.status = record::Status::aborted;
    last.exit_code = exit_code(kind);
    last.summary = last.error->message();
    record::write(last, session.path, session.redactor);
}

void work(
    Session& session,
    signal::StopSource& stop,
    log::Logger& log,
    std::string const& verb,
    bool in_ci) {
    auto const& shared = session.shared;
    Context context{log, session.clock, session.redactor, session.record, shared};
    context.stop = stop.token();
    context.deadline =
        shared.timeout ? time::Deadline::after(*shared.timeout) : time::Deadline::never();
    context.verb = verb;
    context.record_path = session.path;
    context.in_ci = in_ci;
    try {
        session.instance.run(context);
        if (session.record.status == record::Status::running) {
            context.judge_by_checks();
        }
    } catch (Error const& error) {
        fail(
            session,
            stop.token().stop_requested() && error.kind() != ErrorKind::in_doubt
                ? signal::stopped_error()
                : error);
    } catch (std::bad_alloc const&) {
        fail(session, Error{ErrorKind::unavailable, "out of memory"});
    } catch (std::exception const& error) {
        fail(
            session,
            Error{
                ErrorKind::internal,
                fmt::format("internal fault: {}", error.what()),
                "This is a fault of Slipway; please report it with the record."});
    } catch (...) {
        fail(session, Error{ErrorKind::internal, "internal fault: no standard exception"});
    }
}

// What the steps after this one read without opening the record.
void write_outputs(Session const& session) {
    auto const& record = session.record;
    ci::write_output("status", record::name(record.status));
    ci::write_output("exit-code", std::to_string(record.exit_code.value_or(0)));
    ci::write_output("record", session.path.string());
    ci::write_output("summary", text::printable_line(session.redactor.redact(record.summary)));
}

void tell(Session& session, log::Logger& log) {
    auto const& record = session.record;
    if (record.error) {
        auto const& error = *record.error;
        std::string const hint = error.hint().empty() ? "" : "\n" + error.hint();
        log.problem(log::Level::error, error.where(), record.tool, error.message() + hint);
    }
    if (auto const own = closing(session)) {
        print(session.redactor.redact(own->output));
    } else if (session.shared.json) {
        print(json::write(record::to_json(record, session.redactor), true));
    } else {
        print(
            text::printable_line(session.redactor.redact(fmt::format(
                "{}: {}: {}", record.tool, record::name(record.status), record.summary))) +
            "\n");
    }
    write_outputs(session);
}

void learn_secrets(Session& session, std::vector<std::string> const& given, bool github) {
    for (auto const& value : given) {
        session.redactor.add(value);
    }
    for (auto const& option : session.instance.spec.options()) {
        if (option.element != cli::Kind::secret) {
            continue;
        }
        // A connection string is learnt by the tool that takes it apart; here its whole text is.
        for (auto const& name : option.variables) {
            if (auto const value = ci::variable(name)) {
                session.redactor.add(*value);
            }
        }
    }
    if (github && session.shared.log_format != "json") {
        for (auto const& value : session.redactor.values()) {
            if (value.find('\n') == std::string::npos) {
                std::fputs(ci::mask_command(value).c_str(), stderr);
            }
        }
    }
}

void print_fault(Session const& session, Error const& error) {
    auto const clean = [&](std::string const& text) {
        return text::printable(session.redactor.redact(text));
    };
    std::string const hint = error.hint().empty() ? "" : "\n" + clean(error.hint());
    std::string const message = clean(error.message()) + hint;
    auto const& tool = session.instance.spec.tool();
    if (ci::detect().system == ci::System::github) {
        std::fputs(ci::annotation(ci::Level::error, error.where(), tool, message).c_str(), stderr);
    } else {
        fmt::print(stderr, "{}: {}\n", tool, message);
    }
}

// A fault in the options is told before there is a logger; the record is written where it can be.
int refuse(Session& session, Error const& error) {
    fail(session, error);
    auto const own = closing(session);
    if (own) {
        print(session.redactor.redact(own->output));
    } else {
        print_fault(session, error);
    }
    int const code = own ? own->exit_code : exit_code(error.kind());
    try {
        if (!session.opened) {
            open_record(session);
        }
        close_record(session);
        write_outputs(session);
    } catch (Error const&) {
        // The folder itself may be what is wrong; the message above has said it.
        return code;
    }
    return code;
}

// Where the record belongs although the options were not understood: the next step looks there,
// and must not find the record of an earlier run.
fs::Path output_named(cli::Spec const& spec, std::vector<std::string> const& arguments) {
    constexpr std::string_view name = "--output";
    fs::Path found;
    for (auto const& option : spec.options()) {
        if (option.name == name) {
            found = ci::variable(spec.variable_of(option)).value_or("");
        }
    }
    for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
        if (arguments[i] == name && i + 1 < arguments.size()) {
            found = arguments[i + 1];
        } else if (arguments[i].starts_with("--output=")) {
            found = arguments[i].substr(name.size() + 1);
        }
    }
    return found;
}

std::optional<int> only_telling(Session const& session, cli::Parsed const& parsed) {
    switch (parsed.wish) {
    case cli::Parsed::Wish::run:
        return std::nullopt;
    case cli::Parsed::Wish::help:
        print(cli::help(session.instance.spec));
        return 0;
    case cli::Parsed::Wish::version:
        print(fmt::format("{} {}\n", session.instance.spec.tool(), version()));
        return 0;
    case cli::Parsed::Wish::describe:
        print(json::write(cli::describe(session.instance.spec, version()), true));
        return 0;
    }
    return std::nullopt;
}

// A missing record is told before any work, whether or when the tool would read it.
void require_inputs(std::vector<fs::Path> const& inputs) {
    std::error_code ignored;
    for (auto const& input : inputs) {
        if (!std::filesystem::exists(input, ignored)) {
            throw Error{
                ErrorKind::usage,
                fmt::format("--input {} does not exist", input.string()),
                "Name a record, or a folder of records, of an earlier step."};
        }
    }
}

int run_parsed(Session& session, cli::Parsed const& parsed, ci::Facts const& facts) {
    bool const github = facts.system == ci::System::github;
    session.record.command = parsed.verb;
    session.record.dry_run = session.instance.spec.is_dry_run();
    learn_secrets(session, parsed.secrets, github);
    signal::StopSource stop{grace_after_signal, [&session](ErrorKind kind) {
                                overdue(session, kind);
                            }};
    try {
        open_record(session);
        require_inputs(session.shared.inputs);
    } catch (Error const& error) {
        return refuse(session, error);
    }
    auto settings =
        log::choose(session.shared.log_format, session.shared.log_level, session.shared.color);
    if (closing(session)) { // such callers may take stderr for a part of the output, as Icinga does
        settings.terminal = false;
        settings.fd = -1;
    }
    log::Logger log{settings, session.clock, session.redactor};
    {
        Watchdog const watchdog{session.shared.timeout, stop};
        work(session, stop, log, parsed.verb, facts.system != ci::System::none);
    }
    try {
        close_record(session);
        stop.finished();
    } catch (Error const& error) {
        log.error(fmt::format("the record could not be written: {}", error.message()));
        session.record.error = error;
        session.record.status = record::Status::error;
        session.record.exit_code = exit_code(error.kind());
    }
    tell(session, log);
    if (auto const own = closing(session)) {
        return own->exit_code;
    }
    return session.record.exit_code.value_or(exit_code(ErrorKind::internal));
}

} // namespace

std::string_view version() {
    return SLIPWAY_VERSION;
}

int run_instance(int argc, char const* const* argv, Instance instance) {
    Session session{
        std::move(instance), {}, {}, {}, {}, {}, false, {}, false, {argv + 1, argv + argc}};
    declare_shared(session.instance.spec, session.shared);
    session.record.tool = session.instance.spec.tool();
    session.record.version = version();
    session.record.started_at = session.clock.now();
    auto const facts = ci::detect();
    cli::Sources sources;
    sources.variable = [](std::string const& name) {
        return ci::variable(name);
    };
    Configuration configuration{session.instance.spec};
    sources.configuration = [&](fs::Path const& path, cli::Option const& option) {
        return configuration.values(path, option);
    };
    sources.refuse_literal_secrets = facts.system != ci::System::none;
    cli::Parsed parsed;
    try {
        parsed = cli::parse(session.instance.spec, session.arguments, sources);
    } catch (Error const& error) {
        if (session.shared.output.empty()) {
            session.shared.output = output_named(session.instance.spec, session.arguments);
        }
        return refuse(session, error);
    }
    if (auto const code = only_telling(session, parsed)) {
        return *code;
    }
    return run_parsed(session, parsed, facts);
}

} // namespace slipway::tool
