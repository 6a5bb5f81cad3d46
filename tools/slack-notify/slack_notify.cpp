// SPDX-License-Identifier: Apache-2.0
#include "slack_notify.hpp"

#include "ci/environment.hpp"
#include "ci/system.hpp"
#include "error/error.hpp"
#include "route.hpp"
#include "secret/variable.hpp"
#include "signal/stop.hpp"
#include "story.hpp"
#include "text/join.hpp"
#include "time/duration.hpp"
#include "tool/main.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::slack_notify {

namespace {

// Their records tell of telling, not of the deployment.
std::vector<std::string> const not_told{"report-render", "slack-notify", "github-deployment"};

// Records of another deployment may lie in the folder; where there are no others, they are meant.
deployment::Material read(Options const& options, tool::Context& context) {
    auto material = deployment::gather_at_hand(options.records, context.options.inputs);
    std::error_code ignored;
    std::erase_if(material.records, [&](record::Found const& found) {
        return std::filesystem::equivalent(found.path, context.record_path, ignored);
    });
    auto const all = material;
    auto const& run = context.record.run;
    auto const others = deployment::restrict_to(material, {run.id, run.environment, run.name});
    if (others > 0 && material.records.empty()) {
        context.log.warning("none of the records is of this run: telling of another");
        return all;
    }
    if (others > 0) {
        context.log.info(fmt::format(
            "{} of other runs, environments or names left out", text::counted(others, "record")));
    }
    return material;
}

bool tells_something(deployment::Material const& material) {
    return std::any_of(
        material.records.begin(), material.records.end(), [](record::Found const& found) {
            return std::find(not_told.begin(), not_told.end(), found.record.tool) == not_told.end();
        });
}

Story tell_story(Options const& options, Wish const& wish, tool::Context& context) {
    if (wish.event == Event::start) {
        return story_of(context.record.run, wish);
    }
    auto material = read(options, context);
    if (wish.event && !tells_something(material)) {
        return story_of(context.record.run, wish);
    }
    deployment::Report report;
    deployment::build(
        report,
        std::move(material),
        {{},
         std::string{tool::version()},
         context.clock.now(),
         context.record_path,
         not_told,
         false});
    for (auto const& step : report.steps) {
        // What still runs writes its record anew: it would no longer be what was read.
        if (step.status != record::Status::running) {
            context.rely_on(*step.found);
        }
    }
    auto const told = event_of(report);
    bool const good = wish.event == Event::success || wish.event == Event::warning;
    if (good && (told == Event::failure || told == Event::rollback)) {
        context.log.warning(
            fmt::format("--on {}: the records tell of a {}", name(*wish.event), name(told)));
    }
    return story_of(report, wish);
}

// Before anything is escaped, for no redactor knows a secret in two layers of escapes.
void clean(Story& story, secret::Redactor const& redactor) {
    std::vector<std::string*> texts{&story.word, &story.title, &story.sentence, &story.hint};
    for (auto* items : {&story.troubles, &story.steps}) {
        for (auto& item : *items) {
            texts.insert(texts.end(), {&item.text, &item.hint});
        }
    }
    for (auto& fact : story.facts) {
        texts.push_back(&fact.value);
    }
    for (auto& link : story.links) {
        texts.push_back(&link.url);
    }
    for (auto* text : texts) {
        *text = redactor.redact(*text);
    }
}

void show(Route const& route, Story const& story, tool::Context& context) {
    auto payload = route.shown();
    context.log.info(json::write(payload));
    (*context.record.data)["payload"] = std::move(payload);
    context.record.status = record::Status::passed;
    context.record.summary = fmt::format("would send {}: {}", story.word, story.title);
}

record::Check check_of(
    std::string const& who,
    record::CheckStatus status,
    std::string message,
    std::string hint) {
    record::Check check;
    check.id = "notify.sent";
    check.title = who + " has taken the message";
    check.status = status;
    check.severity = record::Severity::minor;
    check.message = std::move(message);
    check.hint = std::move(hint);
    return check;
}

void send(Options const& options, Route& route, tool::Context& context) {
    retry::Patience const patience{
        context.clock, context.deadline.sooner(options.retry_for), context.stop};
    int const attempts =
        route.send(context, patience, [&](Error const& error, time::Milliseconds wait) {
            context.log.warning(
                fmt::format("{}; trying again in {}", error.message(), time::human_duration(wait)));
        });
    (*context.record.data)["attempts"] = attempts;
}

// A deployment must not fail since nobody heard of it, but a person has to see that nobody did.
void send_or_warn(
    Options const& options,
    Route& route,
    Story const& story,
    tool::Context& context) {
    auto& record = context.record;
    std::string const what = fmt::format("{}: {}", story.word, story.title);
    std::string const who = route.who();
    try {
        send(options, route, context);
        (*record.data)["sent"] = true;
        record.add(check_of(who, record::CheckStatus::passed, "sent", {}));
        record.summary = fmt::format("told {}: {}", who, what);
    } catch (Error const& error) {
        signal::throw_if_stopped(context.stop);
        record.add(check_of(
            who,
            options.strict ? record::CheckStatus::failed : record::CheckStatus::warned,
            error.message(),
            error.hint()));
        ci::write_output("sent", "false");
        if (options.strict) {
            throw error.with_context(who + " was not told");
        }
        context.log.problem(
            log::Level::warning, {}, who + " was not told", error.message() + "\n" + error.hint());
        record.status = record::Status::warned;
        record.summary = fmt::format("{} was not told ({}): {}", who, error.message(), what);
        return;
    }
    ci::write_output("sent", "true");
}

void declare_slack(cli::Spec& spec, Options& options) {
    spec.option(options.webhook_url, "--webhook-url URL", "the incoming webhook of a Slack channel")
        .env("SLACK_WEBHOOK_URL");
    spec.option(
            options.token,
            "--token TOKEN",
            "a Slack app's bot token, in place of a webhook: one message a deployment, kept up to "
            "date, and its thread")
        .env("SLACK_BOT_TOKEN");
    spec.option(
            options.channel,
            "--channel CHANNEL",
            "where the bot posts: a channel's id (C…) or #name")
        .env("SLACK_CHANNEL");
    spec.option(options.api_url, "--api-url URL", "Slack's Web API").env("SLACK_API_URL");
    spec.option(
            options.thread,
            "--thread FILE",
            "where it is kept which message is this deployment's, for the steps to come")
        .standard("slack-thread.json beside the record");
    spec.option(
            options.thread_ts,
            "--thread-ts TS",
            "the output thread-ts of an earlier job, where the file did not come along; --channel "
            "is then the output channel")
        .env("SLACK_THREAD_TS");
    spec.option(
        options.mentions,
        "--mention WHO",
        "who is called at a failure or a rollback: here, channel, everyone, a member's id (U…) or "
        "a user group's (S…)");
}

void declare_others(cli::Spec& spec, Options& options) {
    spec.option(
            options.url,
            "--url URL",
            "the address that takes messages of teams, discord or webhook")
        .env("NOTIFY_URL");
    spec.option(
        options.template_file,
        "--template FILE",
        "the JSON body for --to webhook, as a Mustache template over the message's data");
    spec.option(
            options.signing_secret,
            "--signing-secret SECRET",
            "signs the body with HMAC-SHA256, in the header X-Slipway-Signature")
        .env("NOTIFY_SIGNING_SECRET");
    spec.option(
            options.smtp_url,
            "--smtp-url URL",
            "the mail server, as smtps://host:465 or smtp://host:587")
        .env("SMTP_URL");
    spec.option(options.smtp_user, "--smtp-user NAME", "who logs in there").env("SMTP_USER");
    spec.option(options.smtp_password, "--smtp-password PASSWORD", "that user's password")
        .env("SMTP_PASSWORD");
    spec.option(options.from, "--from ADDRESS", "the sender of an e-mail").env("NOTIFY_FROM");
    spec.option(options.recipients, "--recipient ADDRESS", "who gets an e-mail");
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.verb("send", "send one message", true);
    spec.positional(options.records, "RECORD", "records, or folders of records")
        .standard("$SLIPWAY_DIR, by default slipway-out");
    spec.option(options.to, "--to WHERE", "who is told")
        .choices({"slack", "teams", "discord", "webhook", "email"})
        .standard("slack");
    declare_slack(spec, options);
    declare_others(spec, options);
    spec.option(options.on, "--on EVENT", "what the message is about; auto: what the records say")
        .choices({"auto", "start", "progress", "success", "warning", "failure", "rollback"})
        .standard("auto");
    spec.option(
        options.title, "--title TEXT", "what is deployed, in place of name and environment");
    spec.option(options.report_url, "--report-url URL", "where the report can be read")
        .env("REPORT_URL");
    spec.option(
        options.print, "--print", "show the message in the log and the record; send nothing");
    spec.option(options.strict, "--strict", "fail where the message could not be sent");
    spec.option(
            options.retry_for,
            "--retry-for TIME",
            "how long a message is tried when the other side is away")
        .standard("30s");
    spec.output("sent", "whether the message was taken: true or false");
    spec.output(
        "thread-ts", "where in the channel the deployment's message stands, for --thread-ts");
    spec.output("channel", "the id of the channel, for --channel");
    spec.example("slack-notify --on start", "before the first step");
    spec.example(
        "slack-notify --mention here slipway-out", "how it went; calls the channel at a failure");
    spec.example(
        "slack-notify --to email --recipient ops@example.com slipway-out", "the same by e-mail");
    spec.example("slack-notify --print --json slipway-out", "the message, unsent");
}

void run(Options const& options, tool::Context& context) {
    for (auto const& entry : ci::environment()) {
        secret::learn_entry(entry, context.redactor);
    }
    Wish const wish{event_from(options.on), options.title, options.report_url};
    Story story = tell_story(options, wish, context);
    clean(story, context.redactor);
    auto const route = route_of(options, story);
    *context.record.data = {
        {"to", options.to},
        {"event", name(story.event)},
        {"title", story.title},
        {"sent", false},
        {"attempts", 0},
        {"bytes", route->bytes()},
        {"omitted", route->omitted()}};
    if (options.print) {
        show(*route, story, context);
    } else {
        context.checkpoint();
        send_or_warn(options, *route, story, context);
    }
}

} // namespace slipway::slack_notify
