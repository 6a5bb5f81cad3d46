// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "payload.hpp"
#include "route.hpp"
#include "slack_api.hpp"
#include "slack_notify.hpp"

#include <string>

namespace slipway::slack_notify {

/// One message by an incoming webhook.
class SlackWebhookRoute : public Route {
public:
    SlackWebhookRoute(Options const& options, Payload payload);

    [[nodiscard]] std::string who() const override { return "Slack"; }
    [[nodiscard]] json::Value shown() const override;
    [[nodiscard]] std::size_t bytes() const override { return body_.size(); }
    [[nodiscard]] std::size_t omitted() const override { return payload_.omitted; }
    int send(tool::Context& context, retry::Patience const& patience, Told const& told) override;

private:
    Options const& options_;
    Payload payload_;
    std::string body_;
};

/// One message a deployment by a bot token, kept up to date in place, and what happened in its
/// thread.
class SlackThreadRoute : public Route {
public:
    SlackThreadRoute(Options const& options, Event event, Payload parent, Payload details);

    [[nodiscard]] std::string who() const override { return "Slack"; }
    [[nodiscard]] json::Value shown() const override;
    [[nodiscard]] std::size_t bytes() const override;
    [[nodiscard]] std::size_t omitted() const override { return details_.omitted; }
    int send(tool::Context& context, retry::Patience const& patience, Told const& told) override;

private:
    Posted keep_parent(SlackApi& api, tool::Context& context, retry::Patience const& patience);
    void reply(SlackApi& api, Posted const& parent);

    Options const& options_;
    Event event_;
    Payload parent_;
    Payload details_;
};

} // namespace slipway::slack_notify
