// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json/value.hpp"
#include "support/scripted_server.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::support {

/// What Slack would refuse in a message, as its word for it; empty where it takes it. The limits
/// are those that Slack publishes for Block Kit, and the 13,200 characters of a whole message that
/// users measured (slackapi/bolt-js#2509).
std::string slack_objection(std::string_view body);

/// A server that does as Slack's incoming webhooks do.
class SlackWebhook : public ScriptedServer {
public:
    SlackWebhook();

    /// The webhook's secret address.
    [[nodiscard]] std::string hook() const { return url(path); }

    /// The messages that were taken.
    [[nodiscard]] std::vector<json::Value> messages() const;

    static constexpr std::string_view path = "/services/T0S3CRET/B0S3CRET/xs3cretpath";
};

} // namespace slipway::support
