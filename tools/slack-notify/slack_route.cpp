// SPDX-License-Identifier: Apache-2.0
#include "slack_route.hpp"

#include "ci/system.hpp"
#include "thread.hpp"
#include "webhook.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::slack_notify {

namespace {

fs::Path thread_file(Options const& options, tool::Context const& context) {
    return options.thread.empty() ? context.folder() / "slack-thread.json" : options.thread;
}

json::Value with_channel(json::Box const& body, std::string const& channel) {
    json::Value out = *body;
    out["channel"] = channel;
    return out;
}

} // namespace

SlackWebhookRoute::SlackWebhookRoute(Options const& options, Payload payload)
    : options_(options), payload_(std::move(payload)), body_(json::write(*payload_.body)) {}

json::Value SlackWebhookRoute::shown() const {
    return *payload_.body;
}

int SlackWebhookRoute::send(
    tool::Context& context,
    retry::Patience const& patience,
    Told const& told) {
    if (options_.webhook_url.empty()) {
        throw Error{
            ErrorKind::usage,
            "there is no webhook URL, so nothing was sent",
            "Set SLACK_WEBHOOK_URL or SLACK_BOT_TOKEN to a secret; a pull request from a fork does "
            "not see any."};
    }
    auto const webhook = webhook_of(options_.webhook_url);
    // Whoever knows the path may post.
    context.redactor.add(webhook.path());
    return deliver(json_request(webhook, body_), require_taken, patience, told);
}

SlackThreadRoute::SlackThreadRoute(
    Options const& options,
    Event event,
    Payload parent,
    Payload details)
    : options_(options), event_(event), parent_(std::move(parent)), details_(std::move(details)) {}

json::Value SlackThreadRoute::shown() const {
    return *parent_.body;
}

std::size_t SlackThreadRoute::bytes() const {
    return json::write(*parent_.body).size();
}

Posted SlackThreadRoute::keep_parent(
    SlackApi& api,
    tool::Context& context,
    retry::Patience const& patience) {
    auto const& run = context.record.run;
    ThreadFile const file{thread_file(options_, context), patience};
    auto known = file.read(run);
    if (!known && !options_.thread_ts.empty()) {
        known = Posted{options_.channel, options_.thread_ts};
    }
    if (known) {
        auto message = with_channel(parent_.body, known->channel);
        message["ts"] = known->ts;
        message.erase("unfurl_links"); // chat.update has no such arguments
        message.erase("unfurl_media");
        try {
            api.update(std::move(message));
            file.write(*known, run);
            return *known;
        } catch (SlackRefusal const& refusal) {
            if (!is_gone(refusal.word())) {
                throw;
            }
            context.log.warning(fmt::format(
                "the message of this deployment cannot be edited ({}): writing a new one",
                refusal.word()));
        }
    }
    auto const posted = api.post(with_channel(parent_.body, options_.channel));
    // Before anything else: killed from here on, the next run goes on in the thread.
    file.write(posted, run);
    return posted;
}

void SlackThreadRoute::reply(SlackApi& api, Posted const& parent) {
    auto message = with_channel(details_.body, parent.channel);
    message["thread_ts"] = parent.ts;
    if (event_ == Event::failure || event_ == Event::rollback) {
        message["reply_broadcast"] = true; // those who do not follow the thread see it as well
    }
    api.post(std::move(message));
}

int SlackThreadRoute::send(
    tool::Context& context,
    retry::Patience const& patience,
    Told const& told) {
    if (options_.channel.empty()) {
        throw Error{
            ErrorKind::usage,
            "there is a bot token and no channel, so nothing was sent",
            "Name the channel with --channel or SLACK_CHANNEL: its id (C…) or #name."};
    }
    SlackApi api{options_.api_url, options_.token, patience, told};
    auto const parent = keep_parent(api, context, patience);
    (*context.record.data)["thread"] = {
        {"channel", parent.channel},
        {"ts", parent.ts},
        {"file", thread_file(options_, context).string()}};
    ci::write_output("thread-ts", parent.ts);
    ci::write_output("channel", parent.channel);
    context.checkpoint();
    if (event_ != Event::start) {
        reply(api, parent);
    }
    if (api.plain()) {
        context.log.warning("Slack did not take the blocks of the message, only its text");
    }
    return api.attempts();
}

} // namespace slipway::slack_notify
