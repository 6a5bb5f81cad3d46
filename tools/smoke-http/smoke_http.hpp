// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <string>
#include <vector>

namespace slipway::smoke_http {

struct Options {
    fs::Path suite;
    std::string base_url;
    std::vector<std::string> variables; // `name=value`
    std::vector<std::string> tags;
    bool fail_fast = false;
    secret::Secret database_url;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Runs the suite once, and makes a check of each step.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "smoke-http",
    "run a suite of HTTP and SQL steps against a live deployment",
    declare,
    run,
};

} // namespace slipway::smoke_http
