// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <string>
#include <vector>

namespace slipway::rollback {

struct Options {
    secret::Secret database_url;
    bool exit_code = false;
    std::string scope;
    std::string backup_id;
    std::vector<fs::Path> from;
    std::string identity;
    std::string role;
    std::string reason;
    std::string app_command;
    std::string to_commit;
    std::string database_way = "auto";
    bool schema_swap = false;
    fs::Path matrix;
    bool print_matrix = false;
    std::vector<std::string> data_checks;
    time::Milliseconds since{3'600'000};
    time::Milliseconds blocked_after{10'000};
    std::vector<fs::Path> smoke_suites;
    std::string quiesce_command;
    std::string resume_command;
    std::vector<std::string> health_urls;
    time::Milliseconds health_wait{60'000};
    time::Milliseconds command_timeout{600'000};
    bool accept_data_loss = false;
    bool no_safety_backup = false;
    std::string dry_run;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Decides from the records, or undoes the deployment, as the verb says.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "rollback",
    "decide from the records; undo application, database or both; prove it worked",
    declare,
    run,
};

/// The verbs; each has its own file.
void decide(Options const& options, tool::Context& context);
void detect(Options const& options, tool::Context& context);
void roll_back(Options const& options, tool::Context& context);
void undo(Options const& options, tool::Context& context);

} // namespace slipway::rollback
