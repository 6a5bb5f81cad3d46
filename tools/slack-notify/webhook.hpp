// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "delivery.hpp"
#include "secret/secret.hpp"

namespace slipway::slack_notify {

/// Where the message goes: usage where it is no https URL (http on this machine only). No message
/// of an error holds the path, which is the secret.
http::Url webhook_of(secret::Secret const& url);

/// Throws for an answer other than that the message was taken.
void require_taken(http::Response const& response, time::Instant now);

} // namespace slipway::slack_notify
