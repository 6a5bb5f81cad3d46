// SPDX-License-Identifier: Apache-2.0
#include "rollback.hpp"

#include "target/target.hpp"

namespace slipway::rollback {

namespace {

void declare_scope(cli::Spec& spec, Options& options) {
    spec.option(options.scope, "--scope SCOPE", "what to undo: application and database, or one")
        .choices({"full", "app", "db"})
        .only_for({"run"});
    spec.option(options.reason, "--reason TEXT", "why, for the record and slipway.rollback_log")
        .only_for({"run"});
    target::declare(spec, options.database_url, "the live database").only_for({"run"});
    spec.option(options.backup_id, "--backup-id ID", "the backup to go back to, or latest")
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
            options.identity,
            "--identity FILE|env:NAME",
            "the age identity that opens an encrypted backup (db-restore's)")
        .only_for({"run"});
    spec.option(
            options.accept_data_loss,
            "--accept-data-loss",
            "what was written since the backup may leave the live database")
        .only_for({"run"});
    spec.option(
            options.no_safety_backup,
            "--no-safety-backup",
            "do not back the live database up before it is replaced")
        .only_for({"run"});
}

void declare_commands(cli::Spec& spec, Options& options) {
    spec.option(
            options.app_command, "--app-command CMD", "takes the application back (run by sh -c)")
        .only_for({"run"});
    spec.option(options.quiesce_command, "--quiesce-command CMD", "stops work before")
        .only_for({"run"});
    spec.option(
            options.resume_command,
            "--resume-command CMD",
            "starts work again; always run at the end, whatever has failed")
        .only_for({"run"});
    spec.option(options.command_timeout, "--command-timeout TIME", "how long a command may take")
        .standard("10m")
        .only_for({"run"});
    spec.option(options.health_urls, "--health-url URL", "an endpoint that has to be healthy after")
        .env("HEALTH_URL")
        .only_for({"run"});
    spec.option(options.health_wait, "--health-wait TIME", "how long to wait until it is")
        .standard("1m")
        .only_for({"run"});
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.verb("decide", "read the records of --input and advise by the decision matrix", true);
    spec.verb("run", "undo the application, the database, or both");
    spec.option(options.exit_code, "--exit-code", "exit 1 where the decision is app, db or full")
        .only_for({"decide"});
    declare_scope(spec, options);
    declare_commands(spec, options);
    spec.dry_run(options.dry_run, {}, "say what would be done; nothing is changed")
        .only_for({"run"});
    spec.example("rollback --input slipway-out", "what the records advise, and why");
    spec.example(
        "rollback run --scope app --app-command 'kubectl rollout undo deploy/shop' "
        "--reason 'errors after 1.4'",
        "take the application back, leave the database");
    spec.example(
        "rollback run --scope full --app-command ./previous.sh --accept-data-loss",
        "both, the database to its latest backup");
}

void run(Options const& options, tool::Context& context) {
    if (context.verb == "run") {
        roll_back(options, context);
    } else {
        decide(options, context);
    }
}

} // namespace slipway::rollback
