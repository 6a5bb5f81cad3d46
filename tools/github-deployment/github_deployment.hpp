// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::github_deployment {

struct Options {
    std::vector<fs::Path> records;
    secret::Secret token;
    std::string api_url = "https://api.github.com";
    std::string repository;
    std::string ref;
    std::string task = "deploy";
    std::string state;
    std::string description;
    std::string log_url;
    std::string environment_url;
    std::optional<std::int64_t> deployment_id;
    time::Milliseconds retry_for{60'000};
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Makes a deployment at GitHub, or tells GitHub how one goes.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "github-deployment",
    "a GitHub deployment and its statuses, from the records",
    declare,
    run,
};

} // namespace slipway::github_deployment
