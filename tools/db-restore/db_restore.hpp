// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret/secret.hpp"
#include "storage/storage.hpp"
#include "tool/definition.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::db_restore {

/// So many of a kind are named in a message.
inline constexpr std::size_t most_named = 5;

struct Options {
    secret::Secret database_url;
    std::vector<std::string> databases;
    std::string backup_id;
    std::vector<fs::Path> from;
    storage::Options storage;
    std::string from_environment;
    bool swap = false;
    bool schema_swap = false;
    std::vector<std::string> tables;
    std::string into;
    bool no_owner = false;
    bool no_privileges = false;
    std::string role;
    bool no_safety_backup = false;
    std::int64_t jobs = 2;
    bool terminate = false;
    bool accept_data_loss = false;
    bool allow_unverified = false;
    std::string maintenance_db = "postgres";
    time::Milliseconds lock_wait{60'000};
    std::string dry_run;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Restores, tells how things stand, swaps back or removes what was replaced, as the verb says.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "db-restore",
    "restore beside the live database, verify, swap by rename; undoable",
    declare,
    run,
};

/// The verbs; each has its own file.
void restore(Options const& options, tool::Context& context);
void status(Options const& options, tool::Context& context);
void undo(Options const& options, tool::Context& context);
void retire(Options const& options, tool::Context& context);

/// The same of --schema-swap, where schemas are what takes whose place.
void restore_schemas(Options const& options, tool::Context& context);
void schema_status(Options const& options, tool::Context& context);
void undo_schemas(Options const& options, tool::Context& context);
void retire_schemas(Options const& options, tool::Context& context);

/// Restores the tables of --table, each in place of its live one.
void restore_tables(Options const& options, tool::Context& context);

/// Notes in the record since when what is live is so, and of which backup (empty: swapped back);
/// returns the same in words.
std::string tell_origin(time::Instant at, std::string const& backup, tool::Context& context);

/// What --no-owner and --no-privileges are for pg_restore.
std::vector<std::string> ownership_arguments(Options const& options);

/// Notes a check; throws refused with its failure and the hint where that is not empty.
void require(
    tool::Context& context,
    std::string id,
    std::string title,
    std::string const& failure,
    std::string const& hint);

} // namespace slipway::db_restore
