// SPDX-License-Identifier: Apache-2.0
#include "checks.hpp"

#include <algorithm>
#include <array>

namespace slipway::preflight {

namespace {

using enum record::Severity;

constexpr std::array all{
    Kind{"tools.git", minor, "git is here", "Install git, or give the commit as GITHUB_SHA."},
    Kind{
        "tools.pg_dump",
        critical,
        "pg_dump is as new as the server",
        "Install the PostgreSQL client programs of the server's major version or a newer one."},
    Kind{
        "tools.pg_restore",
        critical,
        "pg_restore is as new as the server",
        "Install the PostgreSQL client programs of the server's major version or a newer one."},
    Kind{
        "tools.required",
        critical,
        "The programs that the pipeline needs are here",
        "Install them, or put their folder into PATH."},
    Kind{
        "env.environment",
        major,
        "The environment is named",
        "Name it with --environment or SLIPWAY_ENVIRONMENT: backups and rules depend on it."},
    Kind{
        "env.required",
        critical,
        "The required variables are set",
        "Set them in the job's env, from a secret where they are one."},
    Kind{
        "env.placeholder",
        major,
        "No secret is a placeholder",
        "Replace them by generated values, for example of: openssl rand -base64 32."},
    Kind{
        "env.conflict",
        minor,
        "DATABASE_URL and PG* variables agree",
        "Unset one of them, or make them name the same database."},
    Kind{
        "env.production_url",
        critical,
        "No production address outside production",
        "Give this environment its own database and address, or name it production."},
    Kind{
        "env.local_url",
        major,
        "No local address in production",
        "Set API_BASE or DATABASE_URL to the deployed address."},
    Kind{
        "env.sslmode",
        major,
        "The connection to production is encrypted and checked",
        "Add sslmode=verify-full to DATABASE_URL, with sslrootcert where the CA is private."},
    Kind{
        "repo.checkout",
        minor,
        "The folder is a git checkout",
        "Run it in the repository, or --skip repo."},
    Kind{
        "repo.clean",
        major,
        "Nothing is uncommitted",
        "Commit or stash the changes: what is deployed must be what the commit says."},
    Kind{
        "repo.branch",
        major,
        "The branch may be deployed",
        "Deploy from an allowed branch, or name this one with --branch."},
    Kind{
        "repo.commit",
        critical,
        "The checkout is the commit of the run",
        "Check the commit out that the CI run is about."},
    Kind{"repo.pushed", minor, "The commit is on a remote", "Push it, so that others can see it."},
    Kind{
        "repo.lock_file",
        minor,
        "Dependencies are locked",
        "Commit the lock file: npm install --package-lock-only."},
    Kind{
        "database.reachable",
        critical,
        "The database answers",
        "See whether the server runs and DATABASE_URL is right."},
    Kind{
        "database.version",
        major,
        "The server's version is supported",
        "Plan an upgrade: PostgreSQL supports the five newest major versions."},
    Kind{
        "database.primary",
        critical,
        "The server is the primary",
        "Give the address of the primary: a replica cannot be migrated."},
    Kind{
        "database.writable",
        critical,
        "Transactions may write",
        "See default_transaction_read_only of the database and the role."},
    Kind{
        "database.pooler",
        critical,
        "No transaction pooler in between",
        "Give the direct address of the server, often DIRECT_URL."},
    Kind{
        "database.connections",
        major,
        "Connections are left",
        "Find out who holds them: select * from pg_stat_activity."},
    Kind{
        "database.visible",
        minor,
        "The role sees what other sessions do",
        "Grant it pg_monitor: grant pg_monitor to the role."},
    Kind{
        "database.blocked",
        major,
        "No session waits for a lock",
        "Wait for the blocker to end, or end it: select pg_terminate_backend(pid)."},
    Kind{
        "database.long_transactions",
        major,
        "No transaction has been open for long",
        "A migration's lock queues behind it: wait, or end the session."},
    Kind{
        "database.prepared_transactions",
        major,
        "No prepared transaction is forgotten",
        "See pg_prepared_xacts, and commit or roll it back."},
    Kind{
        "database.deployment_lock",
        critical,
        "No other deployment is at work",
        "Wait until it has ended."},
    Kind{
        "database.invalid_indexes",
        minor,
        "No index is invalid",
        "Build it again: reindex index concurrently."},
    Kind{
        "database.unvalidated_constraints",
        minor,
        "No constraint is unvalidated",
        "When the data is right: alter table … validate constraint …."},
    Kind{
        "database.wraparound",
        major,
        "Transaction ids are far from wrapping around",
        "See what holds autovacuum up; vacuum (freeze) the oldest tables."},
    Kind{
        "database.replication_slots",
        major,
        "No replication slot is abandoned",
        "It keeps WAL until the disk is full: select pg_drop_replication_slot(name)."},
    Kind{
        "database.durable",
        critical,
        "Commits are durable in production",
        "Set fsync and full_page_writes to on."},
    Kind{
        "database.create",
        critical,
        "The role may create objects",
        "Grant it: grant create on database … to …."},
    Kind{
        "database.select",
        critical,
        "The role may read every table for the backup",
        "Grant it pg_read_all_data."},
    Kind{
        "migrations.readable",
        critical,
        "The folders of migrations can be read, in one order",
        "Mend what the message names: a migration of another name, or two of one version."},
    Kind{
        "migrations.strays",
        minor,
        "No stray file lies beside the migrations",
        "Move it out of the folder: it is not applied."},
    Kind{
        "migrations.empty",
        minor,
        "No migration is empty",
        "Was it saved? Remove it, or say in it why it is empty."},
    Kind{
        "migrations.failed",
        critical,
        "No migration has failed",
        "See migrate-apply status, then resolve it or run it again."},
    Kind{
        "migrations.drift",
        critical,
        "No applied migration was edited",
        "Restore the file as it was applied, and put the change into a new migration."},
    Kind{
        "migrations.missing",
        major,
        "No applied migration is gone",
        "Check the branch out that holds it, or restore the file."},
    Kind{
        "migrations.order",
        major,
        "No pending migration stands before an applied one",
        "Give it a newer number or time."},
    Kind{"migrations.pending", info, "What is pending", "Nothing to do."},
    Kind{
        "backup.store",
        critical,
        "The folder of backups can be written",
        "Make it writable for this user, or name another with --backup-to."},
    Kind{
        "backup.broken",
        minor,
        "No broken backup lies about",
        "See db-backup list, and remove what is of no use."},
    Kind{
        "backup.latest",
        major,
        "There is a verified backup, and it is fresh",
        "Run db-backup, as the pipeline will before it migrates."},
    Kind{
        "backup.room",
        critical,
        "There is room for one more backup",
        "Free some, or prune: db-backup prune --keep N."},
    Kind{
        "quality.tests",
        critical,
        "The tests have passed on this commit",
        "Run them by test-run, and give its record with --input."},
    Kind{
        "quality.coverage",
        major,
        "Enough of the code is covered by tests",
        "Write tests for what changed, or lower --min-coverage with a reason."},
    Kind{
        "quality.audit",
        major,
        "No dependency has a serious known fault",
        "See npm audit; update the packages."},
    Kind{
        "quality.build_output",
        major,
        "What is to be deployed was built",
        "Run the build before, and keep its output as an artifact."},
    Kind{
        "notify.slack",
        minor,
        "The Slack webhook looks like one",
        "Copy it anew from Slack: https://hooks.slack.com/services/T…/B…/…."},
};

} // namespace

std::span<Kind const> kinds() {
    return all;
}

Kind const* kind_of(std::string_view id) {
    auto const* const found =
        std::find_if(all.begin(), all.end(), [&](Kind const& each) { return each.id == id; });
    return found == all.end() ? nullptr : found;
}

std::vector<std::string> const& groups() {
    static std::vector<std::string> const names = [] {
        std::vector<std::string> out;
        for (auto const& kind : all) {
            if (out.empty() || out.back() != kind.group()) {
                out.emplace_back(kind.group());
            }
        }
        return out;
    }();
    return names;
}

} // namespace slipway::preflight
