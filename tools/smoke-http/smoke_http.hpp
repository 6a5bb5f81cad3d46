// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <string>
#include <vector>

namespace slipway::smoke_http {

struct Options {
    std::vector<fs::Path> suites; // of import: the one document
    std::string base_url;
    std::vector<std::string> variables; // `name=value`
    std::vector<std::string> tags;
    bool fail_fast = false;
    std::int64_t jobs = 1;
    fs::Path har;
    fs::Path to; // of import
    std::string format = "auto";
    fs::Path postman_environment;
    bool allow_partial = false;
    secret::Secret database_url;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Runs suites once, and makes a check of each step; or writes a suite of another tool's document.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "smoke-http",
    "run a suite of HTTP and SQL steps against a live deployment",
    declare,
    run,
};

} // namespace slipway::smoke_http
