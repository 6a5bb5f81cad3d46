// SPDX-License-Identifier: Apache-2.0
#include "migrate_apply.hpp"
#include "migration/file.hpp"
#include "target/target.hpp"

namespace slipway::migrate_apply {

namespace {

std::vector<std::string> layout_choices() {
    auto out = migration::layouts();
    out.insert(out.begin(), "auto");
    return out;
}

void declare_verbs(cli::Spec& spec) {
    spec.verb("apply", "apply the pending migrations", true);
    spec.verb("plan", "say what apply would do, statement by statement; writes nothing");
    spec.verb("status", "where each migration stands; exit 4 on drift or a failed one");
    spec.verb("lint", "say which statements would block, break or lose something");
    spec.verb("verify", "do history, folder and database agree, and do the assertions hold");
    spec.verb("watch", "tell what a run that is under way does, from another shell, until it ends");
    spec.verb("down", "take applied migrations back by their down scripts, the last first");
    spec.verb("resolve", "mark a failed migration as applied or rolled back");
    spec.verb("baseline", "mark migrations as applied that the database already has");
    spec.example("migrate-apply plan --dir prisma/migrations", "what would be applied, and how");
    spec.example("migrate-apply lint --dir migrations --fail-on warning", "judge the files alone");
    spec.example(
        "migrate-apply --dir prisma/migrations --dry-run",
        "run it all on a scratch copy of the schema, and see what it locks, rewrites and changes");
    spec.example(
        "migrate-apply --dir prisma/migrations --dry-run=rollback",
        "run it all on the target and roll it back");
    spec.example(
        "migrate-apply --dir migrations --environment staging --input slipway-out --require-backup",
        "apply, but only after a verified backup of this database");
}

void declare_shadow(cli::Spec& spec, Options& options) {
    spec.option(
            options.shadow,
            "--shadow WHERE",
            "where --dry-run=shadow makes its scratch database: same (the target's server), "
            "embedded (a private server that is thrown away), or url (--shadow-database-url)")
        .choices({"same", "embedded", "url"})
        .standard("url where one is given, else same")
        .only_for({"apply"});
    spec.option(
            options.shadow_url,
            "--shadow-database-url URL",
            "a server on which a scratch database may be made")
        .env("SHADOW_DATABASE_URL")
        .only_for({"apply"});
    spec.option(
            options.shadow_cache,
            "--shadow-cache DIR",
            "keeps what starts an embedded shadow in 0.3 s in place of 2 s")
        .only_for({"apply"});
    spec.option(
            options.big_table,
            "--big-table SIZE",
            "tables of this size on the target are those whose rewrite, scan or lock is warned of")
        .standard("10MB")
        .only_for({"apply"});
}

void declare_apply(cli::Spec& spec, Options& options) {
    spec.dry_run(
            options.dry_run,
            {"shadow", "plan", "rollback"},
            "try without a trace: shadow (for real, on a scratch copy of the schema), plan, or "
            "rollback (on the target, in a transaction that is rolled back: holds its locks "
            "meanwhile)")
        .only_for({"apply", "down"});
    declare_shadow(spec, options);
    spec.option(options.to, "--to MIGRATION", "stop after this one; down stops before it")
        .only_for({"apply", "plan", "baseline", "down"});
    spec.option(options.only, "--only MIGRATION", "apply this one alone, or take it back")
        .only_for({"apply", "plan", "down"});
    spec.option(
            options.out_of_order,
            "--out-of-order POLICY",
            "pending migrations before the last applied one")
        .choices({"error", "apply", "ignore"})
        .standard("apply for prisma, dbmate and drizzle-1, as they do; else error")
        .only_for({"apply", "plan"});
    spec.option(
            options.plan,
            "--plan RECORD",
            "apply what this record of migrate-apply plan says, and refuse where anything differs")
        .only_for({"apply"});
    spec.option(
            options.allow_no_plan,
            "--allow-no-plan",
            "apply in production in CI what nobody has planned")
        .only_for({"apply"});
    spec.option(
            options.all_or_nothing,
            "--all-or-nothing",
            "apply all pending migrations in one transaction")
        .only_for({"apply"});
    spec.option(
            options.data_timeout,
            "--data-timeout TIME",
            "how long a plan asks the data whether they keep to one new constraint; 0: not at all")
        .standard("5s")
        .only_for({"apply", "plan"});
    spec.option(
            options.samples,
            "--samples N",
            "of how many rows that break a new constraint a plan shows the primary key")
        .standard("3, in production none")
        .only_for({"apply", "plan"});
    spec.option(
            options.lock_timeout, "--lock-timeout TIME", "how long a statement waits for a lock")
        .standard("5s")
        .only_for({"apply", "down"});
    spec.option(
            options.lock_retries,
            "--lock-retries N",
            "how often a migration is tried again after its lock timeout")
        .standard("10")
        .only_for({"apply", "down"});
    spec.option(options.lock_wait, "--lock-wait TIME", "how long to wait for another runner to end")
        .standard("1m")
        .only_for({"apply", "resolve", "baseline", "down"});
    spec.option(
            options.statement_timeout, "--statement-timeout TIME", "the limit for one statement")
        .standard("none")
        .only_for({"apply", "verify", "down"});
    spec.option(
            options.assertions,
            "--assert FILE",
            "an SQL file whose queries answer true, or no row, when all is well")
        .only_for({"apply", "verify"});
    spec.option(
            options.on_failure,
            "--on-failure WAY",
            "after a failure: stop, take back what was applied by down scripts, or restore the "
            "backup that --input names")
        .choices({"stop", "down", "restore"})
        .standard("stop")
        .only_for({"apply"});
    spec.option(
            options.accept_data_loss,
            "--accept-data-loss",
            "go back although rows are lost by that")
        .only_for({"apply", "down"});
    spec.option(
            options.no_log_table, "--no-log-table", "keep no slipway.execution_log in the database")
        .only_for({"apply", "resolve", "baseline"});
    spec.option(options.approved_by, "--approved-by NAME", "who approved, for the execution log")
        .standard("whom the CI names as the run's actor")
        .only_for({"apply", "resolve", "baseline", "down"});
    spec.option(
            options.require_backup,
            "--require-backup",
            "refuse without a record of a verified backup (in production always)")
        .only_for({"apply"});
    spec.option(
            options.allow_no_backup, "--allow-no-backup", "apply in production without a backup")
        .only_for({"apply"});
    spec.option(options.backup_max_age, "--backup-max-age TIME", "how old that backup may be")
        .standard("1h")
        .only_for({"apply"});
}

void declare_lint(cli::Spec& spec, Options& options) {
    spec.option(options.all, "--all", "judge all migrations, not the pending ones alone")
        .standard("where no database is named")
        .only_for({"lint"});
    spec.option(
            options.enable,
            "--enable RULE",
            "switch a rule on that is off by default, or all of them; may be repeated")
        .only_for({"lint"});
    spec.option(options.disable, "--disable RULE", "switch a rule off; may be repeated")
        .only_for({"lint"});
    spec.option(options.pg_version, "--pg-version VERSION", "judge for this server: 14, 14.2")
        .standard("the database's, else any supported one")
        .only_for({"lint"});
    spec.option(options.fail_on, "--fail-on LEVEL", "the severity that fails the run")
        .choices({"error", "warning", "none"})
        .only_for({"lint"});
    spec.positional(options.files, "FILES", "judge these files instead of the folder")
        .only_for({"lint"});
}

} // namespace

void declare(cli::Spec& spec, Options& options) {
    declare_verbs(spec);
    target::declare(spec, options.database_url);
    spec.option(options.dir, "--dir DIR", "the folder of migrations")
        .env("MIGRATIONS_DIR")
        .standard("prisma/migrations or migrations, whichever is there");
    spec.option(options.layout, "--layout LAYOUT", "how the folder is laid out")
        .choices(layout_choices())
        .standard("auto");
    spec.option(
        options.placeholders,
        "--placeholder NAME=VALUE",
        "a value for ${NAME} in the files of Flyway; repeatable");
    declare_apply(spec, options);
    spec.option(options.every, "--every TIME", "how often to look")
        .standard("1s")
        .only_for({"watch"});
    spec.option(options.wait, "--wait TIME", "how long to wait for a run to begin")
        .standard("10s")
        .only_for({"watch"});
    spec.option(options.exit_code, "--exit-code", "make pending migrations exit 1")
        .only_for({"status"});
    spec.option(options.as, "--as STATE", "what the migration is from now on")
        .choices({"applied", "rolled-back"})
        .only_for({"resolve"});
    spec.positional(options.migration, "MIGRATION", "the migration to resolve")
        .only_for({"resolve"});
    declare_lint(spec, options);
}

} // namespace slipway::migrate_apply
