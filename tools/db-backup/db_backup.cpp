// SPDX-License-Identifier: Apache-2.0
#include "db_backup.hpp"

#include "backup/store.hpp"
#include "error/error.hpp"
#include "record/run.hpp"
#include "target/target.hpp"

#include <set>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr std::int64_t most_jobs = 64;

void declare_what(cli::Spec& spec, Options& options) {
    target::declare(spec, options.database_url, "the database to back up").only_for({"create"});
    spec.option(options.id, "--id ID", "the name of the backup")
        .standard("<time>-<environment>-<random>")
        .only_for({"create"});
    spec.option(
            options.kind,
            "--kind KIND",
            "regular, or a safety backup before a risky step, which is never `latest`")
        .choices({"regular", "safety"})
        .standard("regular")
        .only_for({"create"});
    spec.option(
            options.tables,
            "--table NAME",
            "only this table (schema.name or name, exactly as the database spells it)")
        .only_for({"create"});
    spec.option(
            options.exclude_table_data, "--exclude-table-data NAME", "leave out this table's rows")
        .only_for({"create"});
}

void declare_how(cli::Spec& spec, Options& options) {
    spec.option(
            options.verify,
            "--verify LEVEL",
            "list: checksums and table of contents; restore: a real restore, rows counted")
        .choices({"list", "restore"})
        .standard("list")
        .only_for({"create", "verify", "adopt"});
    spec.option(
            options.verify_server,
            "--verify-server URL",
            "the server of the restore of --verify restore; embedded: a private one, thrown away")
        .standard("embedded")
        .only_for({"create", "verify", "adopt"});
    spec.option(
            options.fingerprint,
            "--fingerprint",
            "take a hash of each table's rows, which --verify restore compares")
        .only_for({"create"});
    spec.option(options.jobs, "--jobs N", "tables that are dumped or restored at once")
        .standard("2")
        .only_for({"create", "verify", "adopt"});
    spec.option(
            options.engine,
            "--engine NAME",
            "what reads the rows of large tables: pg_dump, or several connections for one table "
            "(split); auto: split where the server has what it needs")
        .choices({"auto", "split", "pg_dump"})
        .standard("auto")
        .only_for({"create"});
    spec.option(
            options.split_larger_than,
            "--split-larger-than SIZE",
            "tables from this size on are read by the split engine")
        .standard("128MB")
        .only_for({"create"});
    spec.option(options.format, "--format FORMAT", "one file, or a folder left unpacked")
        .choices({"tar", "dir"})
        .standard("tar")
        .only_for({"create"});
    spec.option(
            options.lock_wait,
            "--lock-wait TIME",
            "how long to wait for a running migration and for locked tables")
        .standard("1m")
        .only_for({"create"});
    spec.option(
            options.allow_shrink,
            "--allow-shrink",
            "back up although tables vanished or lost most rows since the last backup")
        .only_for({"create"});
}

void declare_places(cli::Spec& spec, Options& options) {
    spec.option(options.from, "--from DIR|s3://BUCKET/PREFIX", "where to fetch backups from")
        .only_for({"fetch"});
    spec.option(
            options.encrypt,
            "--encrypt age1…",
            "encrypt for this public key of age; the private one is not needed until a restore")
        .only_for({"create", "adopt"});
    spec.option(
            options.allow_unencrypted,
            "--allow-unencrypted",
            "let a backup of production that is not encrypted go into a bucket")
        .only_for({"create", "adopt", "fetch"});
    storage::declare_identity(spec, options.storage, {"verify"});
    storage::declare_reading(spec, options.storage);
    storage::declare_writing(
        spec, options.storage, {"create", "verify", "prune", "fetch", "adopt"});
}

void declare_provider(cli::Spec& spec, Options& options) {
    spec.option(
            options.provider_snapshot,
            "--provider-snapshot COMMAND",
            "have the provider take its own snapshot first; the last line that the command writes "
            "names it")
        .only_for({"create"});
    spec.option(options.no_dump, "--no-dump", "the provider's snapshot alone").only_for({"create"});
    spec.option(options.database, "--database NAME", "of which database the file is")
        .standard("what the file says, else its name")
        .only_for({"adopt"});
    spec.option(
            options.system_identifier,
            "--system-identifier NUMBER",
            "of which server the file is (select system_identifier from pg_control_system()): then "
            "it counts among that database's own backups")
        .standard("not known")
        .only_for({"adopt"});
}

void declare_retention(cli::Spec& spec, Options& options) {
    spec.option(options.keep, "--keep N", "verified backups that stay, of each database and kind")
        .standard("5")
        .only_for({"create", "prune"});
    spec.option(options.keep_days, "--keep-days N", "younger ones stay too, however many there are")
        .only_for({"create", "prune"});
    spec.option(options.pin, "--pin ID", "never remove this one").only_for({"prune"});
    spec.option(options.unpin, "--unpin ID", "let this one be removed again").only_for({"prune"});
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.verb("create", "back up, verify, and remove what is beyond --keep", true);
    spec.verb("list", "show what backups there are");
    spec.verb("verify", "prove that backups are whole, and raise their level");
    spec.verb("prune", "remove what is beyond --keep");
    spec.verb("fetch", "bring backups from one place to another, checksums compared");
    spec.verb("adopt", "take a foreign dump in: restored once, then like our own");
    spec.positional(
            options.ids,
            "BACKUP",
            "ids of the backups to verify or to fetch, or latest; the file to adopt")
        .only_for({"verify", "fetch", "adopt"});
    declare_what(spec, options);
    spec.option(
            options.to,
            "--to DIR|s3://BUCKET/PREFIX",
            "where the backups are; the first of several is written first, then copied")
        .env("BACKUP_DIR")
        .standard("$SLIPWAY_DIR/backups");
    declare_how(spec, options);
    declare_places(spec, options);
    declare_provider(spec, options);
    declare_retention(spec, options);
    spec.dry_run(options.dry_run, {}, "say what would be done; nothing is written but the record")
        .only_for({"create", "prune"});
    spec.example(
        "db-backup --environment staging --verify restore",
        "Back up $DATABASE_URL and prove it by a restore into a private server");
    spec.example("db-backup list", "Show the backups in slipway-out/backups");
    spec.example("db-backup verify latest --environment staging", "Read the newest one back");
    spec.example(
        "db-backup --to s3://backups/shop --encrypt "
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        "Encrypt, and keep it in a bucket");
    spec.example(
        "db-backup adopt old/shop.sql.gz --environment production",
        "Take in what another script dumped");
    spec.example(
        "db-backup fetch latest --environment staging --from s3://backups/shop --to backups",
        "Bring the newest one here");
    spec.example("db-backup prune --keep 5 --keep-days 30 --dry-run", "Show what would go");
}

std::vector<fs::Path> places_of(Options const& options) {
    if (options.to.empty()) {
        return {record::folder() / "backups"};
    }
    std::vector<fs::Path> out;
    for (auto const& given : options.to) {
        out.push_back(storage::as_place(given));
    }
    return out;
}

fs::Path workplace_of(Options const& options) {
    for (auto const& place : options.to) {
        if (!storage::is_bucket(place)) {
            return place;
        }
    }
    return record::folder() / "backups";
}

std::string environment_word(tool::Context const& context) {
    return context.options.environment.empty() ? "none" : context.options.environment;
}

void clean_up(
    std::vector<fs::Path> const& where,
    Options const& options,
    storage::Places& places,
    tool::Context& context) {
    std::set<fs::Path> folders{workplace_of(options)};
    for (auto const& place : where) {
        if (!storage::is_bucket(place)) {
            folders.insert(place);
        }
    }
    std::vector<std::string> dead;
    for (auto const& folder : folders) {
        for (auto const& id : backup::sweep(folder, context.stop)) {
            context.log.warning("removed what a killed run left behind", {{"id", id}});
            dead.push_back(id);
        }
    }
    for (auto const& place : where) {
        if (storage::is_bucket(place)) {
            for (auto const& object : places.clean_up(place, dead)) {
                context.log.warning("removed what a killed run left behind", {{"object", object}});
            }
        }
    }
}

record::Check& note(
    tool::Context& context,
    std::string id,
    std::string title,
    std::string const& failure,
    record::Severity severity) {
    return context.record.note(std::move(id), std::move(title), failure, severity);
}

void run(Options const& options, tool::Context& context) {
    if (options.keep < 1) {
        throw Error{
            ErrorKind::usage,
            "--keep must be at least 1",
            "The newest verified backup always stays; --keep 1 keeps that one alone."};
    }
    if (options.jobs < 1 || options.jobs > most_jobs) {
        throw Error{ErrorKind::usage, fmt::format("--jobs must be 1 to {}", most_jobs)};
    }
    for (auto const& recipient : options.encrypt) {
        backup::require_recipient(recipient);
    }
    if (options.no_dump && options.provider_snapshot.empty()) {
        throw Error{
            ErrorKind::usage,
            "--no-dump leaves nothing to do",
            "It goes with --provider-snapshot, which then is all there is."};
    }
    auto const places = storage::open(options.storage, context);
    if (context.verb == "list") {
        list(options, context, *places);
    } else if (context.verb == "verify") {
        verify(options, context, *places);
    } else if (context.verb == "prune") {
        prune(options, context, *places);
    } else if (context.verb == "fetch") {
        fetch(options, context, *places);
    } else if (context.verb == "adopt") {
        adopt(options, context, *places);
    } else if (options.no_dump) {
        create_snapshot_alone(options, context);
    } else {
        create(options, context, *places);
    }
}

} // namespace slipway::db_backup
