// SPDX-License-Identifier: Apache-2.0
#include "webhook.hpp"

#include "text/join.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::slack_notify {

namespace {

struct Reason {
    std::string_view word;
    std::string_view hint;
};

// Slack's words (docs.slack.dev, "Sending messages using incoming webhooks").
constexpr std::array reasons{
    Reason{
        "invalid_payload",
        "This is a fault of Slipway; please report it with the record of --print."},
    Reason{"no_text", "This is a fault of Slipway; please report it with the record of --print."},
    Reason{"too_many_attachments", "This is a fault of Slipway; please report it."},
    Reason{
        "invalid_blocks",
        "This is a fault of Slipway; please report it with the record of --print."},
    Reason{
        "msg_blocks_too_long",
        "This is a fault of Slipway; please report it with the record of --print."},
    Reason{
        "action_prohibited",
        "An administrator has restricted who may post; ask one of the workspace."},
    Reason{
        "posting_to_general_channel_denied",
        "An administrator has restricted #general; use a webhook for another channel."},
    Reason{"user_not_found", "The member who made the webhook is gone; make a new one."},
    Reason{
        "channel_not_found",
        "The channel of the webhook was deleted; make a webhook for another one."},
    Reason{
        "channel_is_archived",
        "The channel of the webhook is archived; make a webhook for another one."},
    Reason{
        "no_service",
        "The webhook was disabled, removed or is misspelt; make a new one and set "
        "SLACK_WEBHOOK_URL."},
    Reason{
        "no_active_hooks",
        "The webhook was disabled; make a new one and set SLACK_WEBHOOK_URL."},
    Reason{
        "invalid_token",
        "The webhook is no longer valid or is misspelt; make a new one and set SLACK_WEBHOOK_URL."},
    Reason{"team_disabled", "The workspace is no longer active."},
    Reason{"no_team", "The workspace of the webhook does not exist; look at SLACK_WEBHOOK_URL."},
};

} // namespace

http::Url webhook_of(secret::Secret const& url) {
    return safe_address(
        url.reveal(),
        "the webhook URL",
        "Set SLACK_WEBHOOK_URL to the address that Slack shows for the incoming webhook, "
        "https://hooks.slack.com/services/….");
}

void require_taken(http::Response const& response, time::Instant now) {
    int const status = response.status;
    std::string const answer = fmt::format("Slack answered {} with {}", status, said(response));
    if (status >= 200 && status < 300) {
        // A workflow's webhook answers in JSON.
        auto const body = text::trim(response.body);
        if (body == "ok" || body.empty() || body.starts_with("{\"ok\":true")) {
            return;
        }
        throw Error{
            ErrorKind::failed,
            answer,
            "Is the webhook URL that of Slack, and not of a page in front of it?"};
    }
    throw_if_disturbed(response, "Slack", answer, now);
    auto const reason = std::find_if(reasons.begin(), reasons.end(), [&](Reason const& one) {
        return text::trim(response.body).starts_with(one.word);
    });
    throw Error{
        ErrorKind::failed,
        answer,
        reason == reasons.end() ? "Look at the webhook's settings in Slack."
                                : std::string{reason->hint}};
}

} // namespace slipway::slack_notify
