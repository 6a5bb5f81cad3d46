// SPDX-License-Identifier: Apache-2.0
#include "monitor.hpp"

#include "endpoints.hpp"
#include "error/error.hpp"
#include "findings.hpp"
#include "http_source.hpp"
#include "log_findings.hpp"
#include "open_sources.hpp"
#include "postgres_source.hpp"
#include "record/write.hpp"
#include "target/target.hpp"
#include "time/duration.hpp"
#include "time/rfc3339.hpp"
#include "watch.hpp"

#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::monitor {

namespace {

void declare_sources(cli::Spec& spec, Options& options) {
    target::declare(spec, options.database_url, "the database to watch");
    spec.option(options.urls, "--url NAME=URL", "an endpoint to watch; the name may be left out");
    spec.option(options.api_base, "--base-url URL", "where --endpoint is; alone, its /health")
        .env("API_BASE")
        .env("API_URL");
    spec.option(options.paths, "--endpoint PATH", "an endpoint below --base-url");
    spec.option(
            options.statuses, "--expect-status STATUS", "a status or class that is a right answer")
        .standard("2xx, 3xx");
    spec.option(options.requests, "--requests N", "requests a sample to each endpoint, in a row")
        .standard("5");
    spec.option(
            options.logs,
            "--log NAME=LOG",
            "a log: a file, -, journald:UNIT, pm2:APPLICATION, cloudwatch:GROUP")
        .env("LOG_SOURCE");
    spec.option(
        options.sources,
        "--sources FILE",
        "logs, queries and commands to watch, of a YAML or JSON file");
    spec.option(
            options.each, "--each TIME", "how long one request, or a look at one source, may take")
        .standard("5s");
}

void declare_watching(cli::Spec& spec, Options& options) {
    spec.option(options.duration, "--for TIME", "how long to watch").standard("2h");
    spec.option(options.every, "--every TIME", "the time from one sample to the next")
        .standard("30s");
    spec.option(options.window, "--window TIME", "over how long shares and quantiles are taken")
        .standard("5m");
    spec.option(
            options.series,
            "--series FILE",
            "append the samples there, and go on with what it holds")
        .standard("one beside the record");
    spec.option(
            options.report_only, "--report-only", "judge what --series holds, and watch nothing")
        .only_for({"run"});
    spec.option(
            options.thresholds,
            "--thresholds FILE",
            "limits of a YAML or JSON file in place of the usual ones")
        .only_for({"run"});
    spec.option(
            options.baseline,
            "--baseline FILE",
            "a record of monitor from before the deployment, to compare with")
        .only_for({"run"});
    spec.option(
            options.until_decided,
            "--until-decided",
            "end as soon as all is healthy beside the baseline, or something is not")
        .only_for({"run"});
    spec.option(
            options.warm_up,
            "--warm-up TIME",
            "of which the samples are not held against the baseline")
        .standard("2m, at most a tenth of --for")
        .only_for({"run"});
    spec.option(
        options.openmetrics, "--openmetrics FILE", "write the metrics there with every sample");
    spec.option(
        options.listen, "--listen ADDRESS", "serve the metrics over HTTP, such as 127.0.0.1:9187");
    spec.option(
            options.on_change,
            "--on-change COMMAND",
            "a shell command to run when the state changes")
        .only_for({"run"});
}

void require_sense(Options const& options) {
    if (options.duration.count() < 1 || options.every.count() < 10 || options.each.count() < 10 ||
        options.window.count() < 1 || options.requests < 1 || options.requests > 100) {
        throw Error{
            ErrorKind::usage,
            "--for, --every, --each, --window and --requests have to be more than nothing",
            "Their defaults are 2h, 30s, 5s, 5m and 5; --every and --each are at least 10ms, "
            "--requests at most 100."};
    }
    if (options.report_only && options.series.empty()) {
        throw Error{
            ErrorKind::usage, "--report-only has no series to judge", "Name it by --series FILE."};
    }
}

// One run: what it judges, where its series is, what its record says.
class Run {
public:
    Run(Options const& options, tool::Context& context)
        : options_(options), context_(context),
          purpose_(context.verb == "baseline" ? Purpose::baseline : Purpose::watch),
          judge_(profile(), baseline(), options.window, {options.duration, options.warm_up}) {
        if (options.until_decided && !judge_.baseline()) {
            throw Error{
                ErrorKind::usage,
                "--until-decided has no baseline to decide by",
                "Take one by monitor baseline before the deployment, and name it by --baseline."};
        }
    }

    void execute() {
        if (options_.report_only) {
            replay(options_.series);
            finish(options_.series);
            return;
        }
        auto const file = choose_sources(options_, context_);
        auto all = options_;
        all.urls.insert(all.urls.end(), file.endpoints.begin(), file.endpoints.end());
        auto const endpoints = choose_endpoints(all, context_.redactor);
        bool const database = target::is_named(options_.database_url);
        if (endpoints.empty() && !database && file.logs.empty() && file.commands.empty() &&
            file.prometheus.empty()) {
            throw Error{
                ErrorKind::usage,
                "there is nothing to watch",
                "Set DATABASE_URL or API_BASE, or name endpoints by --url NAME=URL, a log by --log "
                "or "
                "more by --sources."};
        }
        Start start{
            context_.clock.now(),
            context_.record.run.id,
            context_.record.run.name,
            context_.record.run.environment,
            "",
            endpoints,
            options_.every,
            {}};
        auto sources = open_usual(endpoints, database, start);
        open_sources(file, options_, context_, sources, start);
        watch(std::move(sources), start);
    }

private:
    [[nodiscard]] Profile profile() const {
        return options_.thresholds.empty() ? Profile{} : Profile::load(options_.thresholds);
    }

    // --baseline, else the newest one of --input.
    [[nodiscard]] std::optional<record::Found> find_baseline() const {
        if (!options_.baseline.empty()) {
            return record::read(options_.baseline);
        }
        std::optional<record::Found> out;
        for (auto const& found : context_.inputs()) {
            if (found.record.tool == "monitor" && found.record.command == "baseline") {
                out = found;
            }
        }
        return out;
    }

    [[nodiscard]] std::optional<Baseline> baseline() const {
        if (purpose_ == Purpose::baseline) {
            return std::nullopt;
        }
        auto const found = find_baseline();
        if (!found) {
            return std::nullopt;
        }
        // A watch that failed tells what was usual as well as one that passed.
        auto const status = found->record.status;
        bool const ended = status == record::Status::passed || status == record::Status::warned ||
                           status == record::Status::failed || status == record::Status::undecided;
        auto const& environment = context_.record.run.environment;
        if (!ended || (!environment.empty() && found->record.run.environment != environment)) {
            throw Error{
                ErrorKind::refused,
                fmt::format(
                    "the baseline {} is no evidence: it is {} and of environment '{}'",
                    found->path.string(),
                    record::name(status),
                    found->record.run.environment),
                "Take one by monitor baseline in this environment, before the deployment."};
        }
        context_.rely_on(*found);
        return Baseline::of(*found);
    }

    Watch::Sources open_usual(std::vector<Endpoint> const& endpoints, bool database, Start& start) {
        Watch::Sources out;
        if (!endpoints.empty()) {
            auto const statuses = options_.statuses.empty() ? std::vector<std::string>{"2xx", "3xx"}
                                                            : options_.statuses;
            out.push_back(std::make_unique<HttpSource>(
                endpoints,
                Asking{
                    probe::StatusSet{statuses},
                    options_.requests,
                    options_.each,
                    context_.deadline,
                    context_.stop}));
        }
        if (database) {
            auto const where = target::parse(options_.database_url, context_);
            start.database = where.redacted();
            // Named in the record, and a password that is wrong is told now and not as a gap.
            static_cast<void>(target::open(where, context_));
            out.push_back(std::make_unique<PostgresSource>(
                where, target::limits(context_), options_.each, options_.every));
        }
        return out;
    }

    void watch(Watch::Sources sources, Start const& start) {
        auto const path = series_path();
        auto series = Series::append_to(path);
        cut_ = series.cut();
        if (cut_ > 0) {
            context_.log.warning(fmt::format(
                "the series {} ended in an unfinished line of {} bytes: cut off",
                path.string(),
                cut_));
        }
        replay(path);
        require_same(start, path);
        went_on_ = judge_.samples();
        std::map<std::string, std::string> positions;
        for (auto const& [log, book] : judge_.logs()) {
            positions[log] = book.totals().position;
        }
        for (auto const& source : sources) {
            source->resume(positions);
        }
        series.append(context_.redactor.redact(to_line(start)));
        judge_.begin(start);
        auto const known = judge_.samples();
        Watch watch{options_, context_, std::move(sources), series, judge_, [this] {
                        note();
                    }};
        try {
            watch.run();
        } catch (Error const&) {
            finish(path);
            context_.record.summary =
                fmt::format("stopped after {} samples of this run", judge_.samples() - known);
            throw;
        }
        finish(path);
    }

    [[nodiscard]] fs::Path series_path() const {
        if (!options_.series.empty()) {
            return options_.series;
        }
        auto const file = fmt::format(
            "{}-{}.series.ndjson",
            context_.record_path.stem().string(),
            time::to_basic(context_.record.started_at));
        return context_.record_path.parent_path() / file;
    }

    void replay(fs::Path const& path) {
        Series::read(
            path,
            {[this](Start const& start) { judge_.begin(start); },
             [this](Sample const& sample) {
                 judge_.add(sample);
             }});
    }

    void require_same(Start const& start, fs::Path const& path) const {
        auto const& before = judge_.start();
        if (before && (before->environment != start.environment || before->name != start.name)) {
            throw Error{
                ErrorKind::refused,
                fmt::format(
                    "the series {} is of environment '{}' and name '{}', this run of '{}' and '{}'",
                    path.string(),
                    before->environment,
                    before->name,
                    start.environment,
                    start.name),
                "Give this one a series of its own."};
        }
    }

    // Everything anew: a checkpoint, and the end, say what is known by then.
    void note() {
        auto& record = context_.record;
        record.checks = checks_of(judge_, purpose_);
        record.metrics = metrics_of(judge_);
        *record.data = data_of(judge_, purpose_);
        (*record.data)["every_ms"] =
            judge_.start() ? judge_.start()->every.count() : options_.every.count();
        (*record.data)["series"] = {
            {"samples_before", went_on_},
            {"cut_bytes", cut_},
            {"report_only", options_.report_only}};
    }

    void finish(fs::Path const& path) {
        note();
        auto& record = context_.record;
        record.artifacts.push_back(record::artifact_of("series", path, context_.folder()));
        record.summary = summary();
        for (auto const& check : record.checks) {
            if (check.status == record::CheckStatus::undecided) {
                context_.log.warning(check.id + ": " + check.message);
            }
        }
    }

    [[nodiscard]] std::string summary() const {
        auto const length =
            judge_.samples() == 0
                ? time::Milliseconds{0}
                : std::max(time::Milliseconds{0}, judge_.last().at - judge_.first_at());
        auto const seen =
            fmt::format("{} samples over {}", judge_.samples(), time::human_duration(length));
        std::string const blind =
            (judge_.blind() ? "blind to the sessions of others (no pg_monitor); " : "") +
            (silent_logs(judge_).empty() ? "" : "blind: no line of " + silent_logs(judge_) + "; ");
        if (purpose_ == Purpose::baseline) {
            return fmt::format("{}took a baseline of {}", blind, seen);
        }
        auto const advice = verdict::decide(evidence_of(judge_));
        return fmt::format(
            "{}{} after {}; advice: {}, {}",
            blind,
            name(judge_.state()),
            seen,
            advice.decided ? name(advice.action) : "undecided",
            advice.reason);
    }

    Options const& options_;
    tool::Context& context_;
    Purpose purpose_;
    Judge judge_;
    std::uint64_t cut_ = 0;
    std::int64_t went_on_ = 0;
};

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.verb("run", "watch, judge and advise", true);
    spec.verb("baseline", "watch before the deployment, to compare with later");
    declare_sources(spec, options);
    declare_watching(spec, options);
    spec.example(
        "monitor --url https://shop.example.com/api/health --for 2h",
        "watch an endpoint, and the database of DATABASE_URL");
    spec.example(
        "monitor baseline --for 10m --every 5s --output baseline.json",
        "before the deployment: learn what is usual");
    spec.example(
        "monitor --baseline baseline.json --series shop.ndjson --for 30m",
        "after it: compare, and go on with one series from run to run");
}

void run(Options const& options, tool::Context& context) {
    require_sense(options);
    Run{options, context}.execute();
}

} // namespace slipway::monitor
