// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <string>
#include <vector>

namespace slipway::slack_notify {

struct Options {
    std::vector<fs::Path> records;
    secret::Secret webhook_url;
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

/// Tells Slack what the records say.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "slack-notify",
    "tell Slack how a deployment goes, from its records",
    declare,
    run,
};

} // namespace slipway::slack_notify
