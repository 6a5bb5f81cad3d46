// SPDX-License-Identifier: Apache-2.0
#include "db_restore.hpp"

#include "error/error.hpp"
#include "target/target.hpp"
#include "text/join.hpp"

#include <fmt/format.h>

namespace slipway::db_restore {

namespace {

constexpr std::int64_t most_jobs = 64;

void declare_what(cli::Spec& spec, Options& options) {
    spec.option(options.backup_id, "--backup-id ID", "the backup, or latest")
        .standard("that of the db-backup record among --input, else latest")
        .only_for({"run"});
    spec.option(
            options.from,
            "--from DIR|s3://BUCKET/PREFIX",
            "where the backups are (db-backup's --to)")
        .env("BACKUP_DIR")
        .standard("$SLIPWAY_DIR/backups")
        .only_for({"run"});
    spec.option(
            options.from_environment,
            "--from-environment NAME",
            "take a backup of this environment, whichever database and server it is of")
        .only_for({"run"});
    spec.option(
            options.allow_unverified,
            "--allow-unverified",
            "in production, take a backup of which nobody has read the archive back")
        .only_for({"run"});
    storage::declare_identity(spec, options.storage, {"run"});
    storage::declare_reading(spec, options.storage, {"run"});
}

void declare_how(cli::Spec& spec, Options& options) {
    spec.option(options.swap, "--swap", "put it in place of the live database (the default)")
        .only_for({"run"});
    spec.option(
            options.schema_swap,
            "--schema-swap",
            "put the schemas in place of the live ones, in one transaction: for a role that may "
            "neither make nor rename databases")
        .only_for({"run", "status", "undo", "retire"});
    spec.option(
            options.tables,
            "--table NAME",
            "restore this table alone, in place of the live one (schema.name or name)")
        .only_for({"run"});
    spec.option(options.into, "--into NAME", "leave the live database alone, and make a new one")
        .only_for({"run"});
    spec.option(
            options.no_safety_backup,
            "--no-safety-backup",
            "do not back the live database up before it is replaced")
        .only_for({"run"});
    spec.option(
            options.terminate, "--terminate", "end the sessions that are in the way of the swap")
        .only_for({"run", "undo", "retire"});
    spec.option(
            options.accept_data_loss,
            "--accept-data-loss",
            "what was written since the backup (or since the restore) may leave the live database")
        .only_for({"run", "undo"});
    spec.option(
            options.no_owner, "--no-owner", "all that is restored belongs to the role that does it")
        .only_for({"run"});
    spec.option(
            options.no_privileges, "--no-privileges", "restore no grants of the backup's objects")
        .only_for({"run"});
    spec.option(options.role, "--role NAME", "become this role to restore").only_for({"run"});
    spec.option(options.jobs, "--jobs N", "tables that are restored at once")
        .standard("2")
        .only_for({"run"});
    spec.option(
            options.lock_wait,
            "--lock-wait TIME",
            "how long to wait for a migration, a backup or another restore to end")
        .standard("1m")
        .only_for({"run", "undo", "retire"});
    spec.option(
            options.maintenance_db,
            "--maintenance-db NAME",
            "the database to be in while others are renamed; the same one for all runs")
        .standard("postgres");
}

// What is restored takes one place.
void require_one_way(Options const& options) {
    std::vector<std::string> ways;
    auto const add = [&](bool given, std::string_view way) {
        if (given) {
            ways.emplace_back(way);
        }
    };
    add(options.swap, "--swap");
    add(options.schema_swap, "--schema-swap");
    add(!options.into.empty(), "--into");
    add(!options.tables.empty(), "--table");
    if (ways.size() > 1) {
        throw Error{
            ErrorKind::usage,
            text::join(ways, " and ") + " exclude each other",
            "Give one: --into leaves the live database as it is, the others put what is restored "
            "in place of it, of its schemas, or of single tables."};
    }
}

} // namespace

std::vector<std::string> ownership_arguments(Options const& options) {
    std::vector<std::string> out;
    if (options.no_owner) {
        out.emplace_back("--no-owner");
    }
    if (options.no_privileges) {
        out.emplace_back("--no-privileges");
    }
    return out;
}

void declare(cli::Spec& spec, Options& options) {
    spec.verb("run", "restore a backup beside the live database, verify, and swap", true);
    spec.verb("status", "say which database is live, which old ones there are, what remains");
    spec.verb("undo", "swap back to the database that was replaced");
    spec.verb("retire", "drop the databases that were replaced");
    spec.positional(
            options.databases, "DATABASE", "replaced databases to drop; without any, all of them")
        .only_for({"retire"});
    target::declare(spec, options.database_url, "the live database");
    declare_what(spec, options);
    declare_how(spec, options);
    spec.dry_run(options.dry_run, {}, "say what would be done; nothing is written but the record")
        .only_for({"run", "undo", "retire"});
    spec.example(
        "db-restore --backup-id latest --environment staging --terminate --accept-data-loss",
        "Put the newest backup in place of $DATABASE_URL");
    spec.example(
        "db-restore --input slipway-out --into shop_look",
        "Restore the backup of an earlier step into a new database, to look at it");
    spec.example(
        "db-restore --schema-swap --accept-data-loss",
        "The same by schemas, where the role may not make databases");
    spec.example(
        "db-restore --table public.orders --accept-data-loss",
        "Put the backup's rows of one table in place of the live ones");
    spec.example("db-restore status", "After a kill: which database is live, and what remains");
    spec.example("db-restore undo --terminate --accept-data-loss", "Swap back");
    spec.example("db-restore retire --yes", "Drop what was replaced");
}

void require(
    tool::Context& context,
    std::string id,
    std::string title,
    std::string const& failure,
    std::string const& hint) {
    context.record.note(std::move(id), std::move(title), failure).hint =
        failure.empty() ? "" : hint;
    if (!failure.empty()) {
        throw Error{ErrorKind::refused, failure, hint};
    }
}

void run(Options const& options, tool::Context& context) {
    if (options.jobs < 1 || options.jobs > most_jobs) {
        throw Error{ErrorKind::usage, fmt::format("--jobs must be 1 to {}", most_jobs)};
    }
    require_one_way(options);
    if (context.verb == "status") {
        options.schema_swap ? schema_status(options, context) : status(options, context);
    } else if (context.verb == "undo") {
        options.schema_swap ? undo_schemas(options, context) : undo(options, context);
    } else if (context.verb == "retire") {
        options.schema_swap ? retire_schemas(options, context) : retire(options, context);
    } else if (!options.tables.empty()) {
        restore_tables(options, context);
    } else if (options.schema_swap) {
        restore_schemas(options, context);
    } else {
        restore(options, context);
    }
}

} // namespace slipway::db_restore
