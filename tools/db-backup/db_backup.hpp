// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/value.hpp"
#include "secret/secret.hpp"
#include "storage/places.hpp"
#include "storage/storage.hpp"
#include "tool/definition.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::db_backup {

struct Options {
    secret::Secret database_url;
    std::vector<fs::Path> to;
    std::vector<fs::Path> from;
    storage::Options storage;
    std::vector<std::string> encrypt;
    bool allow_unencrypted = false;
    std::string system_identifier;
    std::string provider_snapshot;
    bool no_dump = false;
    std::string database;
    std::vector<std::string> ids;
    std::string id;
    std::string kind = "regular";
    std::vector<std::string> tables;
    std::vector<std::string> exclude_table_data;
    std::string verify = "list";
    std::string format = "tar";
    std::string engine = "auto";
    cli::Bytes split_larger_than{128'000'000};
    bool fingerprint = false;
    secret::Secret verify_server;
    std::int64_t jobs = 2;
    std::int64_t keep = 5;
    std::optional<std::int64_t> keep_days;
    std::vector<std::string> pin;
    std::vector<std::string> unpin;
    time::Milliseconds lock_wait{60'000};
    bool allow_shrink = false;
    std::string dry_run;
};

/// Declares the options; no I/O.
void declare(cli::Spec& spec, Options& options);

/// Makes, lists, verifies or prunes backups, as the verb says.
void run(Options const& options, tool::Context& context);

inline constexpr tool::Definition<Options> definition{
    "db-backup",
    "dump under one snapshot, verified, with a manifest, kept by rule",
    declare,
    run,
};

/// The verbs; each has its own file.
void create(Options const& options, tool::Context& context, storage::Places& places);
void list(Options const& options, tool::Context& context, storage::Places& places);
void verify(Options const& options, tool::Context& context, storage::Places& places);
void prune(Options const& options, tool::Context& context, storage::Places& places);
void fetch(Options const& options, tool::Context& context, storage::Places& places);
void adopt(Options const& options, tool::Context& context, storage::Places& places);

/// create with --no-dump: the provider's snapshot alone.
void create_snapshot_alone(Options const& options, tool::Context& context);

/// The places of --to, by default `$SLIPWAY_DIR/backups`; throws usage for those of a kind that
/// nobody knows.
std::vector<fs::Path> places_of(Options const& options);

/// The folder in which is worked on what lies in buckets: the first of --to that is one, else
/// `$SLIPWAY_DIR/backups`.
fs::Path workplace_of(Options const& options);

/// The environment as backups name it: `none` where none was named.
std::string environment_word(tool::Context const& context);

/// Removes what killed runs left in the places and in the workplace, with a log line for each.
void clean_up(
    std::vector<fs::Path> const& where,
    Options const& options,
    storage::Places& places,
    tool::Context& context);

/// Adds a check that passed, or failed with a message, and returns it.
record::Check& note(
    tool::Context& context,
    std::string id,
    std::string title,
    std::string const& failure,
    record::Severity severity = record::Severity::critical);

} // namespace slipway::db_backup
