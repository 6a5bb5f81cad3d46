// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <cstdint>
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
    time::Milliseconds wait{0};
    time::Milliseconds every{1000};
    time::Milliseconds each{5000};
    std::int64_t consecutive = 1;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Looks at all probes, again and again until they are good or the waiting is over.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "health-check",
    "look at endpoints, databases and migrations until they are healthy or the time is up",
    declare,
    run,
};

} // namespace slipway::health_check
