// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::monitor {

struct Options {
    time::Milliseconds duration{std::chrono::hours{2}};
    time::Milliseconds every{std::chrono::seconds{30}};
    time::Milliseconds each{std::chrono::seconds{5}};
    time::Milliseconds window{std::chrono::minutes{5}};
    secret::Secret database_url;
    std::vector<std::string> urls;
    std::string api_base;
    std::vector<std::string> paths;
    std::vector<std::string> statuses;
    std::int64_t requests = 5;
    fs::Path sources;
    std::vector<std::string> logs;
    fs::Path thresholds;
    fs::Path baseline;
    fs::Path series;
    bool report_only = false;
    bool until_decided = false;
    fs::Path openmetrics;
    std::string listen;
    std::optional<time::Milliseconds> warm_up;
    std::string on_change;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Watches for the time that was asked for and judges what was seen.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "monitor",
    "watch database, endpoints and logs after a deployment, and advise what to do",
    declare,
    run,
};

} // namespace slipway::monitor
