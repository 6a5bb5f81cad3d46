// SPDX-License-Identifier: Apache-2.0
#include "smoke_http.hpp"

#include "ci/environment.hpp"
#include "import.hpp"
#include "probe/sensitive.hpp"
#include "random_values.hpp"
#include "read_suite.hpp"
#include "record/write.hpp"
#include "runner.hpp"
#include "target/target.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "tool/main.hpp"

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
void connect(Options const& options, Suites const& suites, Shared& shared) {
    auto& context = shared.context;
    auto const& own = suites.own;
    auto const& included = suites.included;
    if (std::none_of(own.begin(), own.end(), has_database_steps) &&
        std::none_of(included.begin(), included.end(), has_database_steps)) {
        return;
    }
    if (!target::is_named(options.database_url)) {
        throw Error{
            ErrorKind::usage,
            "the suite asks a database, and none was named",
            "Set DATABASE_URL or give --database-url, or choose other steps with --tag."};
    }
    try {
        shared.connection = target::open(target::parse(options.database_url, context), context);
    } catch (Error const& error) {
        if (error.kind() != ErrorKind::unavailable && error.kind() != ErrorKind::timeout) {
            throw;
        }
        shared.no_connection = error;
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

void fill_data(Suites const& suites, record::Record& record) {
    auto& data = *record.data;
    auto const& first = suites.own.front();
    data["suite"] = first.file;
    data["name"] = first.name;
    data["suite_sha256"] = first.sha256;
    data["base_url"] = first.base_url;
    data["suites"] = json::Value::array();
    for (auto const* list : {&suites.included, &suites.own}) {
        for (auto const& suite : *list) {
            data["suites"].push_back(
                {{"file", suite.file},
                 {"name", suite.name},
                 {"sha256", suite.sha256},
                 {"included", suite.is_included}});
        }
    }
    data["steps"] = json::Value::array();
}

void write_har(Options const& options, Shared const& shared) {
    if (!shared.exchanges.kept()) {
        return;
    }
    auto& context = shared.context;
    shared.exchanges.write(options.har, tool::version(), context.redactor);
    context.record.artifacts.push_back(record::artifact_of("har", options.har, context.folder()));
}

void run_suites(Options const& options, tool::Context& context) {
    probe::teach_credentials(options.base_url, context.redactor);
    constexpr std::int64_t most_jobs = 64;
    if (options.jobs < 1 || options.jobs > most_jobs) {
        throw Error{ErrorKind::usage, "--jobs has to be from 1 to 64"};
    }
    Reading const reading{
        options.base_url,
        variables_of(options, context.redactor),
        options.tags,
        [](std::string const& name) { return ci::variable(name); },
        context.redactor};
    auto const suites = read_suites(options.suites, reading);
    for (auto const& suite : suites.own) {
        probe::teach_credentials(suite.base_url, context.redactor);
    }
    Shared shared{context};
    add_run_values(*shared.variables);
    if (!options.har.empty()) {
        shared.exchanges.keep_all();
        write_har(
            options, shared); // a folder that is not writable is told before the first request
        context.record.artifacts.clear();
    }
    fill_data(suites, context.record);
    connect(options, suites, shared);
    Runner runner{shared, {options.fail_fast, static_cast<std::size_t>(options.jobs)}};
    try {
        runner.run(suites.included, suites.own);
    } catch (Error const&) {
        write_har(options, shared);
        summarize(runner, suites.own.front(), context.record);
        throw;
    }
    write_har(options, shared);
    summarize(runner, suites.own.front(), context.record);
    if (runner.passed() + runner.failed() == 0) {
        // Nothing was looked at, which is no evidence that all is well.
        context.record.status = record::Status::undecided;
        context.record.summary = "all steps were skipped, nothing was tested";
    }
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.verb("run", "run suites against a live deployment", true);
    spec.verb(
        "import",
        "write a suite of a Postman collection, an OpenAPI document, or a file of Hurl or .http");
    spec.positional(
            options.suites, "SUITE", "the suites, files of YAML or JSON; of import, the document")
        .required();
    spec.option(options.base_url, "--base-url URL", "where the deployment answers")
        .env("API_BASE")
        .env("API_URL")
        .standard("the suite's base_url");
    spec.option(
        options.variables,
        "--var NAME=VALUE",
        "a variable of the suite, as {{NAME}} and in place of ${NAME}; of import, the value of a "
        "parameter that has no example");
    spec.option(
        options.tags, "--tag TAG", "only the steps with this tag, and those that they need");
    spec.option(options.fail_fast, "--fail-fast", "skip the rest after the first step that fails")
        .only_for({"run"});
    spec.option(options.jobs, "--jobs N", "so many independent steps at a time").only_for({"run"});
    spec.option(
            options.har,
            "--har FILE",
            "write all exchanges there, as an HTTP archive without secrets")
        .only_for({"run"});
    spec.option(options.to, "--to FILE", "the suite to be written")
        .standard("FILE.smoke.yaml beside the document")
        .only_for({"import"});
    spec.option(options.format, "--format FORMAT", "what the document is")
        .choices({"auto", "postman", "openapi", "hurl", "http"})
        .only_for({"import"});
    spec.option(
            options.postman_environment,
            "--postman-environment FILE",
            "values of variables, as Postman exports them")
        .only_for({"import"});
    spec.option(
            options.allow_partial,
            "--allow-partial",
            "write the suite though something is not converted")
        .only_for({"import"});
    target::declare(spec, options.database_url, "the database of sql and explain steps");
    spec.example(
        "smoke-http smoke.yaml --base-url https://staging.example.com",
        "run a suite against a deployment");
    spec.example(
        "smoke-http smoke.yaml --tag critical --fail-fast",
        "only the critical steps, while they pass");
    spec.example(
        "smoke-http profile.yaml links.yaml --jobs 8 --har smoke.har",
        "two suites, steps that are independent together, and the exchanges kept");
    spec.example(
        "smoke-http import shop.postman_collection.json --to shop.yaml",
        "make a suite of a Postman collection");
}

void run(Options const& options, tool::Context& context) {
    if (context.verb == "import") {
        import_document(options, context);
    } else {
        run_suites(options, context);
    }
}

} // namespace slipway::smoke_http
