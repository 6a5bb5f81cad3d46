// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "storage/storage.hpp"
#include "tool/definition.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::preflight {

struct Options {
    secret::Secret database_url;
    std::vector<fs::Path> migrations;
    std::vector<fs::Path> stores;
    storage::Options storage;
    time::Milliseconds backup_max_age{std::chrono::hours{24}};
    std::vector<std::string> required_variables;
    std::vector<std::string> required_tools;
    std::vector<std::string> branches{"main", "master", "release/*"};
    double connections_used = 0.75;
    time::Milliseconds transaction_age{std::chrono::minutes{5}};
    std::int64_t xid_age = 1'000'000'000; // autovacuum forces a freeze at 200 million
    std::int64_t min_server = 14;         // the oldest that gets security fixes
    std::vector<std::string> extensions;
    std::vector<std::string> tags;
    fs::Path data_checks;
    std::vector<fs::Path> lint_reports;
    bool list = false;
    fs::Path coverage;
    double min_coverage = 0.8;
    fs::Path audit;
    std::vector<fs::Path> build_output;
    std::vector<std::string> only;
    std::vector<std::string> skip;
    std::string strict = "auto";
    std::int64_t min_score = 0;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Runs all groups of checks at the same time and judges them; changes nothing anywhere.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "preflight",
    "is everything in place, and is it safe to deploy now: checks with a score",
    declare,
    run,
};

} // namespace slipway::preflight
