// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bodies.hpp"
#include "route.hpp"
#include "slack_notify.hpp"

#include <string>

namespace slipway::slack_notify {

/// A POST of JSON to the address of --url: Teams, Discord, or any other receiver.
class PostRoute : public Route {
public:
    PostRoute(Options const& options, std::string who, std::string body, std::size_t omitted);

    [[nodiscard]] std::string who() const override { return who_; }
    [[nodiscard]] json::Value shown() const override;
    [[nodiscard]] std::size_t bytes() const override { return body_.size(); }
    [[nodiscard]] std::size_t omitted() const override { return omitted_; }
    int send(tool::Context& context, retry::Patience const& patience, Told const& told) override;

private:
    Options const& options_;
    std::string who_;
    std::string body_;
    std::size_t omitted_;
};

/// An e-mail.
class MailRoute : public Route {
public:
    MailRoute(Options const& options, Letter letter);

    [[nodiscard]] std::string who() const override { return "the mail server"; }
    [[nodiscard]] json::Value shown() const override;
    [[nodiscard]] std::size_t bytes() const override { return letter_.text.size(); }
    [[nodiscard]] std::size_t omitted() const override { return 0; }
    int send(tool::Context& context, retry::Patience const& patience, Told const& told) override;

private:
    Options const& options_;
    Letter letter_;
};

} // namespace slipway::slack_notify
