// SPDX-License-Identifier: Apache-2.0
#include "github_deployment.hpp"

#include "ci/environment.hpp"
#include "ci/system.hpp"
#include "deployment/model.hpp"
#include "deployments.hpp"
#include "error/error.hpp"
#include "secret/variable.hpp"
#include "text/join.hpp"
#include "text/link.hpp"
#include "text/utf8.hpp"
#include "time/duration.hpp"
#include "tool/main.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::github_deployment {

namespace {

using record::Status;
using Verdict = std::pair<std::string, std::string>; // state and description

// At most so many characters, which GitHub counts; a description is one line.
std::string description_of(std::string_view text, tool::Context const& context) {
    std::string out = text::printable_line(context.redactor.redact(text));
    for (std::size_t limit = out.size(); text::code_points(out) > longest_description; --limit) {
        out = text::shorten(out, limit);
    }
    return out;
}

std::string state_of(Status status) {
    switch (status) {
    case Status::passed:
    case Status::warned:
    case Status::skipped:
        return "success";
    case Status::failed:
    case Status::refused:
    case Status::undecided:
    case Status::in_doubt:
        return "failure";
    case Status::running:
    case Status::error:
    case Status::aborted:
        return "error";
    }
    return "error";
}

// What another run did is no evidence of how this one went.
void require_own(deployment::Material& material, tool::Context const& context) {
    auto const& run = context.record.run;
    bool const some = !material.records.empty();
    auto const others = deployment::restrict_to(material, {run.id, run.environment, run.name});
    if (some && material.records.empty()) {
        throw Error{
            ErrorKind::refused,
            fmt::format(
                "none of the {} is of the run {}{}",
                text::counted(others, "record"),
                run.id,
                run.environment.empty() ? "" : " and the environment " + run.environment),
            "Name the records of this run, or set SLIPWAY_RUN_ID to theirs."};
    }
}

Verdict by_records(deployment::Material material, tool::Context& context) {
    require_own(material, context);
    deployment::Report report;
    deployment::build(
        report,
        std::move(material),
        {{},
         std::string{tool::version()},
         context.clock.now(),
         context.record_path,
         {"report-render", "slack-notify", "github-deployment"},
         false});
    for (auto const& step : report.steps) {
        // What still runs writes its record anew: it would no longer be what was read.
        if (step.status != Status::running) {
            context.rely_on(*step.found);
        }
    }
    auto const& verdict = report.verdict;
    if (verdict.status == Status::skipped) {
        throw Error{
            ErrorKind::undecided,
            "no record tells how the deployment went",
            "Name the records of its steps, or say it with --state."};
    }
    return {
        verdict.rolled_back ? "failure" : state_of(verdict.status),
        fmt::format("{}: {}", verdict.word, verdict.sentence)};
}

// The newest deployment that a record of this tool tells of.
std::optional<std::int64_t>
recorded_id(deployment::Material const& material, tool::Context& context) {
    auto const& environment = context.options.environment;
    for (auto found = material.records.rbegin(); found != material.records.rend(); ++found) {
        auto const& record = found->record;
        auto const& id = json::at(json::at(*record.data, "deployment"), "id");
        bool const same = environment.empty() || record.run.environment == environment;
        if (record.tool == "github-deployment" && record.command == "create" && same &&
            id.is_number_integer()) {
            context.rely_on(*found);
            return id.get<std::int64_t>();
        }
    }
    return std::nullopt;
}

Request request_of(Options const& options, tool::Context const& context) {
    Request request;
    request.ref = options.ref.empty() ? context.record.run.commit : options.ref;
    request.environment = context.options.environment;
    request.task = options.task;
    request.description = description_of(options.description, context);
    request.run = context.record.run;
    if (request.environment.empty()) {
        throw Error{
            ErrorKind::usage,
            "no environment is given",
            "Name what is deployed to with --environment, such as staging."};
    }
    if (request.ref.empty()) {
        throw Error{
            ErrorKind::usage,
            "it is not known what is deployed",
            "Name a branch, tag or commit with --ref."};
    }
    return request;
}

void tell_status(
    Deployments& deployments,
    std::int64_t id,
    Options const& options,
    Verdict const& verdict,
    tool::Context& context) {
    auto const& [state, description] = verdict;
    github_deployment::Status const status{
        state,
        description_of(options.description.empty() ? description : options.description, context),
        options.log_url.empty() ? context.record.run.url : options.log_url,
        options.environment_url};
    deployments.tell(id, status);
    (*context.record.data)["state"] = state;
    ci::write_output("state", state);
}

void create(Options const& options, Deployments& deployments, tool::Context& context) {
    std::string const state = options.state.empty() ? "in_progress" : options.state;
    if (state != "in_progress" && state != "queued") {
        throw Error{
            ErrorKind::usage,
            fmt::format("--state {} is no state to begin with", state),
            "Create it as queued or in_progress, and tell its end with github-deployment status."};
    }
    auto const request = request_of(options, context);
    auto& data = *context.record.data;
    data["environment"] = request.environment;
    data["ref"] = request.ref;
    context.checkpoint();
    auto const made = deployments.create(request);
    data["deployment"] = {
        {"id", made.id}, {"url", made.url}, {"sha", made.sha}, {"found", made.found}};
    // Killed from here on, the next run and the next job still know it.
    context.checkpoint();
    ci::write_output("deployment-id", std::to_string(made.id));
    tell_status(deployments, made.id, options, {state, ""}, context);
    context.record.status = Status::passed;
    context.record.summary = fmt::format(
        "{} deployment {} of {} to {}: {}",
        made.found ? "went on with" : "made",
        made.id,
        text::shorten(request.ref, 40),
        request.environment,
        state);
}

Verdict verdict_of(Options const& options, deployment::Material material, tool::Context& context) {
    std::string const state = options.state.empty() ? "auto" : options.state;
    return state == "auto" ? by_records(std::move(material), context) : Verdict{state, ""};
}

void status(Options const& options, Deployments& deployments, tool::Context& context) {
    auto material = deployment::gather_at_hand(options.records, context.options.inputs);
    auto id = options.deployment_id;
    if (!id) {
        id = recorded_id(material, context);
    }
    auto const verdict = verdict_of(options, std::move(material), context);
    if (context.verb == "finish" && (verdict.first == "queued" || verdict.first == "in_progress")) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is no state to end with", verdict.first),
            "End it with success, failure, error or inactive, or tell it with github-deployment "
            "status."};
    }
    if (!id) {
        if (auto const own = deployments.find(request_of(options, context))) {
            id = own->id;
        }
    }
    if (!id) {
        throw Error{
            ErrorKind::usage,
            "it is not known which deployment this is about",
            "Give --deployment-id, or the record of github-deployment create with --input."};
    }
    (*context.record.data)["deployment"] = {{"id", *id}};
    context.checkpoint();
    ci::write_output("deployment-id", std::to_string(*id));
    tell_status(deployments, *id, options, verdict, context);
    context.record.status = Status::passed;
    context.record.summary = fmt::format("deployment {}: {}", *id, verdict.first);
}

void require_links(Options const& options) {
    for (auto const& [name, url] :
         {std::pair{"--log-url", options.log_url},
          std::pair{"--environment-url", options.environment_url}}) {
        if (!url.empty() && text::safe_url(url).empty()) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} is no plain http or https URL", name),
                "GitHub shows it to everyone who sees the repository: no password belongs in it."};
        }
    }
}

void declare_what(cli::Spec& spec, Options& options) {
    spec.option(options.token, "--token TOKEN", "what may write deployments")
        .env("GITHUB_TOKEN")
        .env("GH_TOKEN");
    spec.option(options.api_url, "--api-url URL", "GitHub's API; GitHub Enterprise has its own")
        .env("GITHUB_API_URL")
        .standard("https://api.github.com");
    spec.option(options.repository, "--repository OWNER/NAME", "the repository")
        .env("GITHUB_REPOSITORY")
        .required();
    spec.option(options.ref, "--ref REF", "the branch, tag or commit that is deployed")
        .standard("the commit of the run");
    spec.option(options.task, "--task NAME", "what is done, where a deployment is not all")
        .standard("deploy");
    spec.option(options.deployment_id, "--deployment-id ID", "the deployment that the status is of")
        .only_for({"status", "finish"});
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.verb("create", "make the deployment of this run, or go on with it");
    spec.verb("status", "tell GitHub how the deployment goes");
    spec.verb("finish", "tell GitHub how the deployment ended: a state that it stays in");
    spec.positional(options.records, "RECORD", "records, or folders of records")
        .standard("$SLIPWAY_DIR, by default slipway-out")
        .only_for({"status", "finish"});
    declare_what(spec, options);
    spec.option(options.state, "--state STATE", "how it goes; auto: what the records say")
        .choices({"auto", "queued", "in_progress", "success", "failure", "error", "inactive"})
        .standard("in_progress to create, else auto");
    spec.option(options.description, "--description TEXT", "a few words, at most 140 characters")
        .standard("the verdict of the records");
    spec.option(options.log_url, "--log-url URL", "where the log is").standard("the CI run");
    spec.option(options.environment_url, "--environment-url URL", "where it can be used");
    spec.option(
            options.retry_for,
            "--retry-for TIME",
            "how long GitHub is tried when it is away or busy")
        .standard("1m");
    spec.output("deployment-id", "GitHub's number of the deployment");
    spec.output("state", "the state that GitHub was told");
    spec.example(
        "github-deployment create --environment staging", "before the first step: in_progress");
    spec.example(
        "github-deployment status --input slipway-out --environment-url https://shop.example.com",
        "at the end: success or failure, as the records say");
}

void run(Options const& options, tool::Context& context) {
    for (auto const& entry : ci::environment()) {
        secret::learn_entry(entry, context.redactor);
    }
    if (options.token.empty()) {
        throw Error{
            ErrorKind::usage,
            "there is no token for GitHub",
            "Set GITHUB_TOKEN; in a workflow: ${{ github.token }} with `permissions: deployments: "
            "write`."};
    }
    require_links(options);
    retry::Patience const patience{
        context.clock, context.deadline.sooner(options.retry_for), context.stop};
    Api api{options.api_url, options.repository, options.token, patience};
    (*context.record.data)["repository"] = options.repository;
    Deployments deployments{
        api, patience, [&](Error const& error, time::Milliseconds wait) {
            context.log.warning(
                fmt::format("{}; trying again in {}", error.message(), time::human_duration(wait)));
        }};
    if (context.verb == "create") {
        create(options, deployments, context);
    } else {
        status(options, deployments, context);
    }
}

} // namespace slipway::github_deployment
