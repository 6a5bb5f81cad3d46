// SPDX-License-Identifier: Apache-2.0
#include "test_run.hpp"

#include "ci/environment.hpp"
#include "error/error.hpp"
#include "record/write.hpp"
#include "secret/variable.hpp"
#include "signal/stop.hpp"
#include "text/line_buffer.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"
#include "verdict.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::test_run {

namespace {

// Our own record has to be there five seconds after a signal.
constexpr time::Milliseconds longest_grace{4000};
constexpr std::size_t most_listed = 50;
constexpr std::int64_t most_retries = 10;
constexpr std::size_t most_reports = 200;

proc::Command command_of(Options const& options) {
    proc::Command command;
    command.program = options.command.front();
    command.arguments.assign(options.command.begin() + 1, options.command.end());
    command.grace = options.kill_after;
    // What set our options is not for the tests, which may start this very tool.
    for (auto const& entry : ci::environment()) {
        if (entry.starts_with("SLIPWAY_TEST_RUN_")) {
            command.remove_environment.push_back(entry.substr(0, entry.find('=')));
        }
    }
    return command;
}

proc::Outcome run_command(proc::Command command, tool::Context& context) {
    auto const show = [&](std::string_view line) {
        context.log.info(text::as_shown(line));
    };
    text::LineBuffer output{show};
    command.on_output = [&](std::string_view piece) {
        output.add(piece);
    };
    command.on_error_line = show;
    context.log.begin_group(text::printable_line(proc::display(command)));
    auto outcome = proc::run(command, context.stop);
    output.flush();
    context.log.end_group();
    return outcome;
}

void tell(testreport::Case const& one, tool::Context& context) {
    std::string line = fmt::format("{}: {}", testreport::name(one.outcome), one.title());
    if (one.flaky) {
        line += " (flaky)";
    }
    if (one.duration) {
        line += " " + time::human_duration(*one.duration);
    }
    context.log.info(text::printable_line(line));
    if (one.bad() && !one.details.empty()) {
        context.log.info(one.details);
    }
}

// The tests once, and again where some fail.
class Runs {
public:
    Runs(Options const& options, tool::Context& context, proc::Command command, bool titles)
        : options_(options), context_(context), command_(std::move(command)), titles_(titles) {}

    proc::Outcome once(Snapshot const& before, Results& results) {
        ++tries_;
        auto outcome = run_command(command_, context_);
        results = read_results(
            written_between(before, look(options_.reports)),
            titles_,
            [&](testreport::Case const& one) {
                if (options_.verbose) {
                    tell(one, context_);
                }
            });
        return outcome;
    }

    void again_while_failing(Evidence& evidence) {
        auto& results = evidence.results;
        while (tries_ <= options_.retry_failed && !results.bad.empty() &&
               evidence.outcome.signal == 0 && !context_.stop.stop_requested()) {
            std::string names;
            for (auto const& one : results.bad) {
                names += one.title() + "\n";
            }
            context_.log.warning(fmt::format(
                "{} failed; the tests run again ({} of {})",
                text::counted(results.bad.size(), "test"),
                tries_,
                options_.retry_failed));
            std::erase_if(command_.environment, [](auto const& entry) {
                return entry.first == "SLIPWAY_FAILED_TESTS";
            });
            command_.environment.emplace_back("SLIPWAY_FAILED_TESTS", names);
            auto const before = look(options_.reports);
            Results next;
            auto const outcome = once(before, next);
            if (next.count(ReportFile::State::read) == 0) {
                return; // it reported nothing: what was seen before stands
            }
            take_retry(results, next);
            evidence.outcome = outcome;
        }
    }

    [[nodiscard]] std::int64_t tries() const { return tries_; }

private:
    Options const& options_;
    tool::Context& context_;
    proc::Command command_;
    bool titles_;
    std::int64_t tries_ = 0;
};

// What has to be there is known before the tests begin.
std::optional<std::set<std::string>> read_baseline(std::vector<std::string> const& patterns) {
    if (patterns.empty()) {
        return std::nullopt;
    }
    std::set<std::string> out;
    for (auto const& [path, identity] : look(patterns)) {
        testreport::read(path, [&](testreport::Case const& one) {
            if (one.outcome != testreport::Outcome::skipped) {
                out.insert(one.title());
            }
        });
    }
    if (out.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--baseline {}: there is no test in it", patterns.front()),
            "Name a report of an earlier run."};
    }
    return out;
}

std::string_view name(ReportFile::State state) {
    switch (state) {
    case ReportFile::State::read:
        return "read";
    case ReportFile::State::stale:
        return "stale";
    case ReportFile::State::broken:
        return "broken";
    }
    return "broken";
}

void note_results(Evidence const& evidence, Verdict const& verdict, json::Value& data) {
    auto const& results = evidence.results;
    data["tests"] = {
        {"passed", results.passed},
        {"failed", results.failed},
        {"errors", results.errors},
        {"skipped", results.skipped},
        {"flaky", results.flaky.size()}};
    data["pass_rate"] = percentage(results.passed, results.run());
    data["reports"] = json::Value::array();
    for (auto const& file : results.files) {
        if (data["reports"].size() == most_reports) {
            break;
        }
        data["reports"].push_back(
            {{"path", file.path.string()}, {"state", name(file.state)}, {"tests", file.tests}});
    }
    data["reports_omitted"] = results.files.size() - data["reports"].size();
    data["failed_omitted"] = verdict.omitted;
    data["slowest"] = json::Value::array();
    for (auto const& slow : results.slowest) {
        data["slowest"].push_back({{"test", slow.title}, {"duration_ms", slow.duration.count()}});
    }
    for (auto const& [key, all] :
         {std::pair{"flaky", &results.flaky}, std::pair{"vanished", &verdict.vanished}}) {
        auto const end =
            all->begin() + static_cast<std::ptrdiff_t>(std::min(all->size(), most_listed));
        data[key] = std::vector<std::string>(all->begin(), end);
    }
}

void note_artifacts(Results const& results, tool::Context& context) {
    for (auto const& file : results.files) {
        if (context.record.artifacts.size() == most_reports) {
            return;
        }
        if (file.state != ReportFile::State::stale) {
            context.record.artifacts.push_back(
                record::artifact_of("report.junit", file.path, context.folder()));
        }
    }
}

void tell(Verdict const& verdict, tool::Context& context) {
    for (auto const& check : verdict.checks) {
        std::string const message =
            check.hint.empty() ? check.message : check.message + "\n" + check.hint;
        if (check.status == record::CheckStatus::failed) {
            context.log.problem(log::Level::error, check.where, check.title, message);
        } else if (check.status != record::CheckStatus::passed) {
            context.log.problem(log::Level::warning, check.where, check.title, message);
        }
    }
}

void note_end(proc::Outcome const& outcome, json::Value& data) {
    data["exit_code"] = outcome.signal == 0 && outcome.exit_code >= 0
                            ? json::Value(outcome.exit_code)
                            : json::Value();
    data["signal"] = outcome.signal != 0 ? json::Value(outcome.signal) : json::Value();
    data["command_ms"] = outcome.duration.count();
}

void require_usable(Options const& options) {
    if (options.command.empty()) {
        throw Error{
            ErrorKind::usage,
            "no command is given: there are no tests to run",
            "Write it behind --, for example: test-run --report junit.xml -- npm test"};
    }
    if (options.retry_failed < 0 || options.retry_failed > most_retries) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--retry-failed {} is not possible", options.retry_failed),
            "Between 0 and 10."};
    }
    if (options.kill_after > longest_grace || options.kill_after.count() < 0) {
        throw Error{
            ErrorKind::usage,
            fmt::format("--kill-after: {} is too long", time::spell_duration(options.kill_after)),
            "At most 4s: a stopped tool has to have its record written within 5 seconds."};
    }
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.verb("run", "run the tests, read their report and decide", true);
    spec.command_line(options.command, "the tests: a program with its arguments, without a shell");
    spec.option(
            options.reports,
            "--report FILE",
            "a report that the tests write: JUnit XML, the JSON of vitest, jest, pytest or Go, "
            "TAP; "
            "*, ?, […] and ** (any folders) name several")
        .required();
    spec.option(
            options.min_pass_rate,
            "--min-pass-rate RATE",
            "how many of the tests that ran have to pass, such as 95%")
        .standard("100%");
    spec.option(
        options.baseline,
        "--baseline FILE",
        "a report of an earlier run: a test of it that is gone fails the run");
    spec.option(
            options.retry_failed,
            "--retry-failed N",
            "run the command again up to N times while tests fail; one that then passes is flaky. "
            "Their names are in SLIPWAY_FAILED_TESTS, one a line")
        .standard("0");
    spec.option(options.verbose, "--verbose", "log every test, and all that a failed one says");
    spec.option(
            options.kill_after,
            "--kill-after TIME",
            "how long a command that is told to end may take before it is killed; at most 4s")
        .standard("2.5s");
    spec.example(
        "test-run --report junit.xml -- npm test", "run the tests; every one of them has to pass");
    spec.example(
        "test-run --report 'build/**/TEST-*.xml' --min-pass-rate 95% --timeout 20m -- ./gradlew "
        "test",
        "reports of many modules; a few tests may fail");
}

void run(Options const& options, tool::Context& context) {
    require_usable(options);
    auto const gate = PassRate::parse(options.min_pass_rate);
    for (auto const& entry : ci::environment()) {
        secret::learn_entry(entry, context.redactor);
    }
    auto const before = look(options.reports);
    Evidence evidence{{}, {}, gate, read_baseline(options.baseline)};
    auto const command = command_of(options);
    auto& data = *context.record.data;
    data["command"] = proc::display(command);
    data["min_pass_rate"] = gate.text();
    context.checkpoint();
    Runs runs{options, context, command, evidence.baseline.has_value()};
    evidence.outcome = runs.once(before, evidence.results);
    runs.again_while_failing(evidence);
    data["tries"] = runs.tries();
    note_end(evidence.outcome, data);
    auto const verdict = judge(evidence);
    note_results(evidence, verdict, data);
    note_artifacts(evidence.results, context);
    for (auto const& check : verdict.checks) {
        context.record.add(check);
    }
    tell(verdict, context);
    // The deadline and a signal end the command; what it reported until then is told all the same.
    signal::throw_if_stopped(context.stop);
    context.record.summary = verdict.summary;
    if (verdict.undecided) {
        context.record.summary.clear();
        throw Error{*verdict.undecided};
    }
}

} // namespace slipway::test_run
