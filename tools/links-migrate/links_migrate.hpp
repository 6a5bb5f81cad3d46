// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <cstdint>
#include <string>

namespace slipway::links_migrate {

struct Options {
    secret::Secret database_url;
    std::string dry_run;
    std::string samples;
    fs::Path mapping;
    fs::Path plan;
    double throttle = 0; // share of the time
    std::int64_t batch = 10'000;
    std::int64_t limit = 0; // none
    std::int64_t jobs = 1;
    time::Milliseconds lock_timeout{500};
    time::Milliseconds lock_wait{10'000};
    bool print_mapping = false;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Does what the verb says.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "links-migrate",
    "move links from a JSON column into rows: resumable, verified, undoable",
    declare,
    run,
};

} // namespace slipway::links_migrate
