// SPDX-License-Identifier: Apache-2.0
#include "rollback.hpp"

#include "target/target.hpp"

namespace slipway::rollback {

namespace {

void declare_scope(cli::Spec& spec, Options& options) {
    spec.option(options.scope, "--scope SCOPE", "what to undo: application and database, or one")
        .choices({"full", "app", "db"})
        .only_for({"run", "undo"});
    spec.option(options.reason, "--reason TEXT", "why, for the record and slipway.rollback_log")
        .only_for({"run", "undo"});
    target::declare(spec, options.database_url, "the live database")
        .only_for({"detect", "run", "undo"});
    spec.option(
            options.database_way,
            "--database-way WAY",
            "how the database goes back: by undo scripts and links-migrate rollback alone, by a "
            "restore, or the first where that is enough")
        .choices({"auto", "undo", "restore"})
        .only_for({"run"});
    spec.option(options.backup_id, "--backup-id ID", "the backup to go back to, or latest")
        .standard("that of the db-backup record among --input, else latest")
        .only_for({"run"});
    spec.option(
            options.from,
            "--from DIR|s3://BUCKET/PREFIX",
            "where the backups are (db-backup's --to)")
        .env("BACKUP_DIR")
        .standard("$SLIPWAY_DIR/backups")
        .only_for({"run", "undo"});
    spec.option(
            options.schema_swap,
            "--schema-swap",
            "restore by schemas, where the role may make no databases")
        .only_for({"run", "undo"});
    spec.option(
            options.identity,
            "--identity FILE|env:NAME",
            "the age identity that opens an encrypted backup (db-restore's)")
        .only_for({"run", "undo"});
    spec.option(options.role, "--role NAME", "become this role to restore (db-restore's)")
        .only_for({"run", "undo"});
    spec.option(
            options.accept_data_loss,
            "--accept-data-loss",
            "what was written since may leave the live database")
        .only_for({"run", "undo"});
    spec.option(
            options.no_safety_backup,
            "--no-safety-backup",
            "do not back the live database up before it goes back")
        .only_for({"run", "undo"});
}

void declare_commands(cli::Spec& spec, Options& options) {
    spec.option(
            options.app_command, "--app-command CMD", "takes the application back (run by sh -c)")
        .only_for({"run", "undo"});
    spec.option(
            options.to_commit,
            "--to-commit SHA",
            "the commit to go back to, for the command as SLIPWAY_TARGET_COMMIT; `choose` asks on "
            "the terminal among the recent ones")
        .only_for({"run"});
    spec.option(options.quiesce_command, "--quiesce-command CMD", "stops work before")
        .only_for({"run", "undo"});
    spec.option(
            options.resume_command,
            "--resume-command CMD",
            "starts work again; always run at the end, whatever has failed")
        .only_for({"run", "undo"});
    spec.option(options.command_timeout, "--command-timeout TIME", "how long a command may take")
        .standard("10m")
        .only_for({"run", "undo"});
    spec.option(options.health_urls, "--health-url URL", "an endpoint that has to be healthy after")
        .env("HEALTH_URL")
        .only_for({"detect", "run", "undo"});
    spec.option(
            options.smoke_suites,
            "--smoke-suite FILE",
            "a suite of smoke-http that has to pass after")
        .only_for({"run", "undo"});
    spec.option(options.health_wait, "--health-wait TIME", "how long to wait until it is")
        .standard("1m")
        .only_for({"run", "undo"});
}

void declare_evidence(cli::Spec& spec, Options& options) {
    spec.option(options.exit_code, "--exit-code", "exit 1 where the decision is app, db or full")
        .only_for({"decide", "detect"});
    spec.option(options.matrix, "--matrix FILE", "another decision matrix, in YAML or JSON")
        .standard("that of docs/examples/decision-matrix.yaml")
        .only_for({"decide", "detect", "run"});
    spec.option(options.print_matrix, "--print-matrix", "print the matrix as JSON and end")
        .only_for({"decide"});
    spec.option(
            options.data_checks,
            "--data-check QUERY",
            "SQL that answers true while the data are right")
        .only_for({"detect"});
    spec.option(options.since, "--since TIME", "how long ago a failed migration counts")
        .standard("1h")
        .only_for({"detect"});
    spec.option(
            options.blocked_after, "--blocked-after TIME", "how long a session waits for a lock")
        .standard("10s")
        .only_for({"detect"});
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    spec.verb("decide", "read the records of --input and advise by the decision matrix", true);
    spec.verb("detect", "look at the live system by itself, and advise by the same matrix");
    spec.verb("run", "undo the application, the database, or both");
    spec.verb("undo", "undo the rollback that --input names");
    declare_evidence(spec, options);
    declare_scope(spec, options);
    declare_commands(spec, options);
    spec.dry_run(options.dry_run, {}, "say what would be done; nothing is changed")
        .only_for({"run", "undo"});
    spec.example("rollback --input slipway-out", "what the records advise, and why");
    spec.example(
        "rollback run --scope app --app-command 'kubectl rollout undo deploy/shop' "
        "--reason 'errors after 1.4'",
        "take the application back, leave the database");
    spec.example(
        "rollback run --scope full --app-command ./previous.sh --accept-data-loss",
        "both, the database to its latest backup");
    spec.example(
        "rollback detect --data-check 'select count(*) > 0 from users'",
        "look for failed migrations, wrong data, invalid indexes and blocked sessions");
    spec.example(
        "rollback undo --input slipway-out/rollback-run.json --app-command ./deploy.sh "
        "--accept-data-loss",
        "the rollback was the mistake");
}

void run(Options const& options, tool::Context& context) {
    if (context.verb == "run") {
        roll_back(options, context);
    } else if (context.verb == "undo") {
        undo(options, context);
    } else if (context.verb == "detect") {
        detect(options, context);
    } else {
        decide(options, context);
    }
}

} // namespace slipway::rollback
