// SPDX-License-Identifier: Apache-2.0
#include "open_sources.hpp"

#include "ci/environment.hpp"
#include "cloudwatch_feed.hpp"
#include "command_source.hpp"
#include "error/error.hpp"
#include "file_feed.hpp"
#include "journald_feed.hpp"
#include "log_source.hpp"
#include "pm2_source.hpp"
#include "prometheus_source.hpp"
#include "sql_source.hpp"
#include "stdin_feed.hpp"
#include "target/target.hpp"

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

std::unique_ptr<LogFeed> cloudwatch_feed(LogSpec const& spec, tool::Context& context) {
    auto const variable = [](std::string_view name) {
        return ci::variable(name);
    };
    auto const region = spec.region.empty() ? aws::region_of(variable) : spec.region;
    auto endpoint = spec.endpoint;
    for (auto const* name : {"AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_ENDPOINT_URL"}) {
        endpoint = endpoint.empty() ? ci::variable(name).value_or("") : endpoint;
    }
    aws::Surroundings surroundings;
    surroundings.variable = variable;
    surroundings.on_secret = [&context](std::string_view value) {
        context.redactor.add(value);
    };
    surroundings.region = region;
    auto logs = std::make_unique<CloudWatchLogs>(
        endpoint, region, std::move(surroundings), context.clock, context.stop);
    return std::make_unique<CloudWatchFeed>(spec, std::move(logs), context.clock);
}

std::unique_ptr<LogFeed> feed_of(LogSpec const& spec, tool::Context& context) {
    switch (spec.kind) {
    case LogSpec::Kind::file:
    case LogSpec::Kind::pm2:
        return std::make_unique<FileFeed>(spec.what, spec.from_start);
    case LogSpec::Kind::standard_input:
        return std::make_unique<StdinFeed>();
    case LogSpec::Kind::journald:
        return std::make_unique<JournaldFeed>(spec);
    case LogSpec::Kind::cloudwatch:
        return cloudwatch_feed(spec, context);
    }
    throw Error{ErrorKind::internal, "a log of no kind"};
}

// PM2 has a file for each of the two outputs, or more where processes have their own.
std::vector<LogSpec>
expand_pm2(LogSpec const& spec, Options const& options, tool::Context& context) {
    std::vector<LogSpec> out;
    for (auto const& file : pm2_files(spec.what, options.each, context.stop)) {
        auto each = spec;
        each.what = file;
        auto const word = log_of_word(file); // for the name alone
        each.name = word.name.starts_with(spec.name) ? word.name : spec.name + "-" + word.name;
        // Nothing on the error output is what one hopes for.
        each.may_be_silent = spec.may_be_silent || word.name.find("error") != std::string::npos;
        out.push_back(std::move(each));
    }
    return out;
}

} // namespace

SourcesFile choose_sources(Options const& options, tool::Context& context) {
    auto out = options.sources.empty() ? SourcesFile{}
                                       : SourcesFile::load(options.sources, context.redactor);
    auto const folder = ci::variable("LOG_DIR").value_or("");
    for (auto const& word : options.logs) {
        auto log = log_of_word(word);
        if (log.kind == LogSpec::Kind::file && !folder.empty() &&
            fs::Path{log.what}.is_relative()) {
            log.what = (fs::Path{folder} / log.what).string();
        }
        out.logs.push_back(std::move(log));
    }
    require_distinct(out);
    return out;
}

void open_sources(
    SourcesFile const& file,
    Options const& options,
    tool::Context& context,
    Watch::Sources& out,
    Start& start) {
    auto const add = [&](std::unique_ptr<Source> source) {
        start.sources.emplace_back(source->name());
        out.push_back(std::move(source));
    };
    for (auto const& spec : file.logs) {
        std::vector<LogSpec> logs{spec};
        if (spec.kind == LogSpec::Kind::pm2) {
            logs = expand_pm2(spec, options, context);
            add(std::make_unique<Pm2Source>(spec.what, options.each, context.stop));
        }
        for (auto const& log : logs) {
            LogReading reading;
            reading.bytes = log.bytes;
            reading.timeout = options.each;
            reading.may_be_silent = log.may_be_silent;
            reading.deadline = context.deadline;
            reading.stop = context.stop;
            reading.redact = [&context](std::string_view text) {
                return context.redactor.redact(text);
            };
            add(std::make_unique<LogSource>(
                log.name,
                feed_of(log, context),
                Classifier{file.classes, log.ignore},
                std::move(reading)));
        }
    }
    for (auto const& spec : file.commands) {
        add(std::make_unique<CommandSource>(spec, options.each, context.stop));
    }
    if (!file.sql.empty()) {
        if (!target::is_named(options.database_url)) {
            throw Error{
                ErrorKind::usage,
                "the sql of --sources has no database",
                "Set DATABASE_URL, or give --database-url."};
        }
        out.push_back(std::make_unique<SqlSource>(
            target::parse(options.database_url, context),
            target::limits(context),
            file.sql,
            options.each));
        for (auto const& spec : file.sql) {
            start.sources.push_back("sql." + spec.name);
        }
    }
    if (!file.prometheus.empty()) {
        out.push_back(std::make_unique<PrometheusSource>(file, options.each, context.stop));
        for (auto const& spec : file.prometheus) {
            start.sources.push_back("prometheus." + spec.name);
        }
    }
}

} // namespace slipway::monitor
