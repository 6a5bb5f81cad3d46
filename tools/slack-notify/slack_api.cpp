// SPDX-License-Identifier: Apache-2.0
#include "slack_api.hpp"

#include "text/join.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::slack_notify {

namespace {

struct Word {
    std::string_view word;
    std::string_view hint;
};

constexpr std::string_view bad_token = "Set SLACK_BOT_TOKEN to the bot token of an app that is "
                                       "installed in the workspace (xoxb-…).";

// Slack's words (docs.slack.dev, "chat.postMessage" and "chat.update").
constexpr std::array words{
    Word{"invalid_auth", bad_token},
    Word{"not_authed", bad_token},
    Word{"token_revoked", bad_token},
    Word{"token_expired", bad_token},
    Word{"account_inactive", bad_token},
    Word{"not_allowed_token_type", bad_token},
    Word{"missing_scope", "Give the app the scope chat:write, and install it again."},
    Word{
        "channel_not_found",
        "Is --channel right? Give the channel's id (C…); a private channel must have the app."},
    Word{"not_in_channel", "Invite the app to the channel: /invite @its-name."},
    Word{"is_archived", "The channel is archived; name another one with --channel."},
    Word{"restricted_action", "An administrator has restricted who may post in the channel."},
    Word{"edit_window_closed", "The workspace no longer allows the message to be edited."},
};

constexpr std::array<std::string_view, 6> passing_words{
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout"};

constexpr std::array<std::string_view, 4> about_blocks{
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "no_text"};

constexpr std::array<std::string_view, 5> gone{
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "thread_not_found",
    "channel_not_found"};

template <std::size_t size>
bool is_one_of(std::string_view word, std::array<std::string_view, size> const& all) {
    return std::find(all.begin(), all.end(), word) != all.end();
}

json::Value answer_of(http::Response const& response) {
    try {
        auto body = json::parse(response.body, "Slack's answer");
        if (body.is_object() && body.contains("ok")) {
            return body;
        }
    } catch (Error const&) { // said below, as for any other answer that is none of Slack's
    }
    throw Error{
        ErrorKind::failed,
        fmt::format("Slack answered {} with {}", response.status, said(response)),
        "Is SLACK_API_URL the address of Slack's Web API, https://slack.com/api?"};
}

} // namespace

bool is_gone(std::string_view word) {
    return is_one_of(word, gone);
}

void require_ok(http::Response const& response, time::Instant now) {
    throw_if_disturbed(
        response,
        "Slack",
        fmt::format("Slack answered {} with {}", response.status, said(response)),
        now);
    auto const body = answer_of(response);
    if (body["ok"] == true) {
        return;
    }
    std::string const word = text::shorten(text::printable_line(json::text_at(body, "error")), 80);
    std::string message = fmt::format("Slack said {}", word.empty() ? "no" : word);
    if (is_one_of(word, passing_words)) {
        throw Error{
            ErrorKind::unavailable, message, "Slack is busy or disturbed; try again later."};
    }
    std::string const needed = json::text_at(body, "needed");
    message += needed.empty() ? "" : fmt::format(" (needed: {})", text::printable_line(needed));
    auto const known =
        std::find_if(words.begin(), words.end(), [&](Word const& one) { return one.word == word; });
    throw SlackRefusal{
        Error{
            ErrorKind::failed,
            message,
            known == words.end() ? "Look the word up at docs.slack.dev, under chat.postMessage."
                                 : std::string{known->hint}},
        word};
}

SlackApi::SlackApi(
    std::string_view url,
    secret::Secret token,
    retry::Patience const& patience,
    Told told)
    : base_(safe_address(
                url,
                "--api-url",
                "Give Slack's Web API by https; without --api-url it is https://slack.com/api.")
                .text()),
      token_(std::move(token)), patience_(patience), told_(std::move(told)) {
    while (base_.ends_with('/')) {
        base_.pop_back();
    }
}

Posted SlackApi::call(std::string_view method, json::Value const& message) {
    auto request =
        json_request(http::Url::parse(fmt::format("{}/{}", base_, method)), json::write(message));
    request.headers.add("Authorization", "Bearer " + token_.reveal());
    Posted out;
    attempts_ += deliver(
        std::move(request),
        [&](http::Response const& response, time::Instant now) {
            require_ok(response, now);
            auto const body = json::parse(response.body, "Slack's answer");
            out = {json::text_at(body, "channel"), json::text_at(body, "ts")};
        },
        patience_,
        told_);
    return out;
}

Posted SlackApi::send(std::string_view method, json::Value& message) {
    try {
        return call(method, message);
    } catch (SlackRefusal const& refusal) {
        if (!message.contains("blocks") || !is_one_of(refusal.word(), about_blocks)) {
            throw;
        }
        // A person must hear of the deployment though the message is not as pretty as it was.
        message.erase("blocks");
        plain_ = true;
        return call(method, message);
    }
}

Posted SlackApi::post(json::Value message) {
    return send("chat.postMessage", message);
}

Posted SlackApi::update(json::Value message) {
    return send("chat.update", message);
}

} // namespace slipway::slack_notify
