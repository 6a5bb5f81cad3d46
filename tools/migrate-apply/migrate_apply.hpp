// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "tool/definition.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::migrate_apply {

struct Options {
    secret::Secret database_url;
    fs::Path dir;
    std::string layout = "auto";
    std::vector<std::string> placeholders; // NAME=VALUE
    std::string to;
    std::string only;
    std::string migration; // of resolve
    std::string as;        // of resolve
    std::string dry_run;
    std::string shadow; // empty: by what is given
    secret::Secret shadow_url;
    fs::Path shadow_cache;
    cli::Bytes big_table{10'000'000};
    std::string out_of_order;
    time::Milliseconds lock_timeout{5000};
    std::int64_t lock_retries = 10;
    time::Milliseconds lock_wait{60'000};
    time::Milliseconds statement_timeout{0};
    time::Milliseconds data_timeout{5000};
    std::optional<std::int64_t> samples;
    time::Milliseconds every{1000};
    time::Milliseconds wait{10'000};
    time::Milliseconds backup_max_age{3'600'000};
    std::string on_failure;
    std::vector<fs::Path> assertions;
    bool accept_data_loss = false;
    fs::Path plan;
    bool allow_no_plan = false;
    std::string approved_by;
    std::vector<fs::Path> files; // of lint, as all below
    std::vector<std::string> enable;
    std::vector<std::string> disable;
    std::string pg_version;
    std::string fail_on = "error";
    bool all = false;
    bool all_or_nothing = false;
    bool no_log_table = false;
    bool require_backup = false;
    bool allow_no_backup = false;
    bool exit_code = false;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Does what the verb says.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "migrate-apply",
    "plan, dry-run and apply SQL migrations of a folder, sharing its history table",
    declare,
    run,
};

} // namespace slipway::migrate_apply
