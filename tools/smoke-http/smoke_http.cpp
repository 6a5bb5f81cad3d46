// SPDX-License-Identifier: Apache-2.0
#include "smoke_http.hpp"

#include "ci/environment.hpp"
#include "probe/sensitive.hpp"
#include "read_suite.hpp"
#include "runner.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::smoke_http {

namespace {

std::map<std::string, std::string>
variables_of(Options const& options, secret::Redactor& redactor) {
    std::map<std::string, std::string> out;
    for (auto const& given : options.variables) {
        auto const sign = given.find('=');
        if (sign == std::string::npos || sign == 0) {
            throw Error{
                ErrorKind::usage,
                fmt::format("--var {} has no value", text::printable_line(given)),
                "Write --var name=value."};
        }
        auto const name = given.substr(0, sign);
        out[name] = given.substr(sign + 1);
        if (probe::is_sensitive_name(name)) {
            redactor.add(out[name]);
        }
    }
    return out;
}

bool has_database_steps(Suite const& suite) {
    for (auto const* steps : {&suite.setup, &suite.steps, &suite.teardown}) {
        if (std::any_of(steps->begin(), steps->end(), [](Step const& step) {
                return step.on_database();
            })) {
            return true;
        }
    }
    return false;
}

// Before the first request: a wrong password is a wrong option, and then nothing was touched.
void connect(Options const& options, World& world) {
    auto& context = world.context;
    if (!has_database_steps(world.suite)) {
        return;
    }
    if (!target::is_named(options.database_url)) {
        throw Error{
            ErrorKind::usage,
            "the suite asks a database, and none was named",
            "Set DATABASE_URL or give --database-url, or choose other steps with --tag."};
    }
    try {
        world.connection = target::open(target::parse(options.database_url, context), context);
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::unavailable && error.kind() != ErrorKind::timeout) {
            throw;
        }
        world.no_connection = error;
    }
}

void summarize(Runner const& runner, Suite const& suite, record::Record& record) {
    int const run = runner.passed() + runner.failed();
    auto const where = suite.base_url.empty() ? "" : " against " + suite.base_url;
    auto const skipped = runner.skipped() == 0 ? "" : fmt::format(", {} skipped", runner.skipped());
    record.summary = runner.failed() == 0
                         ? fmt::format(
                               "{} passed{}{}",
                               text::counted(static_cast<std::size_t>(run), "step"),
                               skipped,
                               where)
                         : fmt::format(
                               "{} of {} failed{}{}; {}",
                               runner.failed(),
                               text::counted(static_cast<std::size_t>(run), "step"),
                               skipped,
                               where,
                               runner.first_failure());
}

void fill_data(Suite const& suite, record::Record& record) {
    auto& data = *record.data;
    data["suite"] = suite.file;
    data["name"] = suite.name;
    data["suite_sha256"] = suite.sha256;
    data["base_url"] = suite.base_url;
    data["steps"] = json::Value::array();
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.positional(options.suite, "SUITE", "the suite, a file of YAML or JSON").required();
    spec.option(options.base_url, "--base-url URL", "where the deployment answers")
        .env("API_BASE")
        .env("API_URL")
        .standard("the suite's base_url");
    spec.option(
        options.variables,
        "--var NAME=VALUE",
        "a variable of the suite, as {{NAME}} and in place of ${NAME}");
    spec.option(
        options.tags, "--tag TAG", "only the steps with this tag, and those that they need");
    spec.option(options.fail_fast, "--fail-fast", "skip the rest after the first step that fails");
    target::declare(spec, options.database_url, "the database of sql and explain steps");
    spec.example(
        "smoke-http smoke.yaml --base-url https://staging.example.com",
        "run a suite against a deployment");
    spec.example(
        "smoke-http smoke.yaml --tag critical --fail-fast",
        "only the critical steps, while they pass");
}

void run(Options const& options, tool::Context& context) {
    probe::teach_credentials(options.base_url, context.redactor);
    Reading const reading{
        options.base_url,
        variables_of(options, context.redactor),
        options.tags,
        [](std::string const& name) { return ci::variable(name); },
        context.redactor};
    auto const suite = read_suite(options.suite, reading);
    probe::teach_credentials(suite.base_url, context.redactor);
    World world{suite, context, {}, {}, {}, context.deadline, {}, {}, {}};
    for (auto const& variable : suite.variables) {
        (*world.variables)[variable.first] = variable.second;
    }
    world.client = std::make_unique<http::Client>(http::Options{16, context.stop});
    fill_data(suite, context.record);
    connect(options, world);
    Runner runner{world, options.fail_fast};
    try {
        runner.run();
    } catch (Error const&) {
        summarize(runner, suite, context.record);
        throw;
    }
    summarize(runner, suite, context.record);
    if (runner.passed() + runner.failed() == 0) {
        // Nothing was looked at, which is no evidence that all is well.
        context.record.status = record::Status::undecided;
        context.record.summary = "all steps were skipped, nothing was tested";
    }
}

} // namespace slipway::smoke_http
