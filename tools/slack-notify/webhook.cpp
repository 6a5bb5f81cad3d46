// SPDX-License-Identifier: Apache-2.0
#include "webhook.hpp"

#include "http/client.hpp"
#include "http/retry_after.hpp"
#include "text/join.hpp"
#include "text/utf8.hpp"
#include "tool/main.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace slipway::slack_notify {

namespace {

constexpr time::Milliseconds one_attempt{10'000};
constexpr retry::Policy policy{20, time::Milliseconds{500}, time::Milliseconds{10'000}, 0.5};

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

std::string said(http::Response const& response) {
    std::string const body = text::printable_line(text::trim(response.body));
    return body.empty() ? "nothing" : text::shorten(body, 200);
}

bool is_local(std::string const& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool transient(Error const& error) {
    return error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::timeout;
}

} // namespace

http::Url webhook_of(secret::Secret const& url) {
    std::string const hint = "Set SLACK_WEBHOOK_URL to the address that Slack shows for the "
                             "incoming webhook, https://hooks.slack.com/services/….";
    try {
        auto const parsed = http::Url::parse(text::trim(url.reveal()));
        if (parsed.scheme() == "https" || is_local(parsed.host())) {
            return parsed;
        }
    } catch (Error const&) {
        throw Error{ErrorKind::usage, "the webhook URL is no URL", hint};
    }
    throw Error{
        ErrorKind::usage, "the webhook URL is not https, so its secret would be read", hint};
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
    if (status == 429 || status >= 500) {
        Error const error{
            ErrorKind::unavailable, answer, "Slack is busy or disturbed; try again later."};
        if (auto const wait = http::retry_after(response.headers, now)) {
            throw retry::Later{error, *wait};
        }
        throw error;
    }
    auto const reason = std::find_if(reasons.begin(), reasons.end(), [&](Reason const& one) {
        return text::trim(response.body).starts_with(one.word);
    });
    throw Error{
        ErrorKind::failed,
        answer,
        reason == reasons.end() ? "Look at the webhook's settings in Slack."
                                : std::string{reason->hint}};
}

int post(
    http::Url const& webhook,
    std::string const& body,
    retry::Patience const& patience,
    std::function<void(Error const&, time::Milliseconds)> const& told) {
    int attempts = 0;
    return retry::run(
        policy,
        patience,
        transient,
        [&] {
            ++attempts;
            http::Request request;
            request.method = "POST";
            request.url = webhook.text();
            request.headers.add("Content-Type", "application/json; charset=utf-8");
            request.headers.add("User-Agent", fmt::format("slipway/{}", tool::version()));
            request.body = body;
            request.timeout = one_attempt;
            request.max_body = 65536;
            // A new connection each: over a kept one that turns out to be closed libcurl sends the
            // message a second time by itself.
            http::Client client{{1, patience.stop}};
            auto outcome = client.fetch(std::move(request), patience.deadline);
            require_taken(http::response_of(outcome), patience.clock.now());
            return attempts;
        },
        told);
}

} // namespace slipway::slack_notify
