// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <string>
#include <vector>

namespace slipway::slack_notify {

struct Options {
    std::vector<fs::Path> records;
    std::string to = "slack";
    secret::Secret webhook_url;
    secret::Secret token;
    std::string channel;
    std::string api_url = "https://slack.com/api";
    fs::Path thread;
    std::string thread_ts;
    secret::Secret url;
    fs::Path template_file;
    secret::Secret signing_secret;
    std::string smtp_url;
    std::string smtp_user;
    secret::Secret smtp_password;
    std::string from;
    std::vector<std::string> recipients;
    std::string on = "auto";
    std::string title;
    std::vector<std::string> mentions;
    std::string report_url;
    bool print = false;
    bool strict = false;
    time::Milliseconds retry_for{30'000};
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Tells people what the records say.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "slack-notify",
    "tell Slack, Teams, Discord, a webhook or people by e-mail how a deployment goes",
    declare,
    run,
};

} // namespace slipway::slack_notify
