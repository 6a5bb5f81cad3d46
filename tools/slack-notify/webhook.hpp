// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "error/error.hpp"
#include "http/message.hpp"
#include "http/url.hpp"
#include "retry/retry.hpp"
#include "secret/secret.hpp"
#include "time/clock.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace slipway::slack_notify {

/// Where the message goes: usage where it is no https URL (http on this machine only). No message
/// of an error holds the path, which is the secret.
http::Url webhook_of(secret::Secret const& url);

/// Posts the body until Slack has taken it; returns after how many attempts. 429, 5xx and lost
/// connections are tried again within the patience, so a message may arrive twice. Throws
/// unavailable where that was in vain, failed with Slack's own reason explained where it refuses.
int post(
    http::Url const& webhook,
    std::string const& body,
    retry::Patience const& patience,
    std::function<void(Error const&, time::Milliseconds)> const& told);

/// Throws for an answer other than that the message was taken.
void require_taken(http::Response const& response, time::Instant now);

} // namespace slipway::slack_notify
