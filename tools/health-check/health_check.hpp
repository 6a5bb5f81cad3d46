// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/value.hpp"
#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::health_check {

struct Options {
    std::vector<std::string> probes;
    std::vector<std::string> urls;
    std::vector<fs::Path> migrations;
    fs::Path file;
    secret::Secret database_url;
    std::string api_base;
    std::vector<std::string> statuses;
    std::vector<std::string> jq;
    std::string role = "any";
    std::optional<cli::Bytes> most_lag;
    std::int64_t least_days = 14;
    std::string least_room = "10%";
    time::Milliseconds wait{0};
    time::Milliseconds every{1000};
    time::Milliseconds each{5000};
    std::int64_t consecutive = 1;
    bool nagios = false;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Looks at all probes, again and again until they are good or the waiting is over.
void run(Options const& options, tool::Context& context);

/// With --nagios, the line and the exit code of a monitoring plugin.
std::optional<tool::Closing>
close(Options const& options, record::Record const& record, std::span<std::string const> arguments);

inline constexpr tool::Definition<Options> definition{
    "health-check",
    "look at endpoints, databases and migrations until they are healthy or the time is up",
    declare,
    run,
    close,
};

} // namespace slipway::health_check
