// SPDX-License-Identifier: Apache-2.0
#include "kinds.hpp"

#include <array>

namespace slipway::preflight {

namespace {

using enum record::Severity;

constexpr std::array of_the_database{
    Kind{
        "database.reachable",
        critical,
        "The database answers",
        "See whether the server runs and DATABASE_URL is right."},
    Kind{
        "database.version",
        major,
        "The server's version is supported",
        "Plan an upgrade, or say with --min-server that an older one is meant."},
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
        "See who holds them: select * from pg_stat_activity; end what is forgotten."},
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
        "database.encoding",
        major,
        "The database holds UTF-8",
        "Dump it and restore it into one made with: create database … encoding 'UTF8' template "
        "template0."},
    Kind{
        "database.collation",
        major,
        "The collation is of the version that built the indexes",
        "Reindex what sorts text, then: alter database … refresh collation version."},
    Kind{
        "database.statement_timeout",
        minor,
        "No setting ends long statements",
        "Reset it for the role that deploys: alter role … reset statement_timeout."},
    Kind{
        "database.idle_in_transaction",
        major,
        "No session sleeps inside a transaction",
        "End it: select pg_terminate_backend(pid)."},
    Kind{
        "database.sequences",
        major,
        "No sequence is near its end",
        "Widen it with its column: alter sequence … as bigint."},
    Kind{
        "database.extensions",
        critical,
        "The extensions that the application needs are installed",
        "Create them: create extension …."},
    Kind{
        "database.log",
        critical,
        "The role may write the log of deployments",
        "Grant it the schema slipway."},
    Kind{
        "database.table_owner",
        major,
        "The role owns the tables that migrations alter",
        "Make it a member of their owner: grant … to …."},
    Kind{
        "database.owner",
        major,
        "The role owns the database, which a restore swaps by name",
        "Make it a member of the owner: grant … to …."},
    Kind{
        "database.createdb",
        major,
        "The role may create databases, for a restore or a rehearsal",
        "Let it: alter role … createdb."},
    Kind{
        "database.signal",
        minor,
        "The role may end the sessions that a swap waits for",
        "Grant it pg_signal_backend."},
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
        "migrations.lint",
        major,
        "No pending migration holds what blocks or breaks",
        "See migrate-apply lint, and docs/lint for each rule."},
    Kind{
        "data.orphans",
        major,
        "No row points at a row that is gone",
        "Remove or mend them, then let a foreign key keep it so."},
    Kind{
        "data.duplicates",
        major,
        "No rows are there twice",
        "Merge them, then let a unique index keep it so."},
    Kind{
        "data.values",
        major,
        "Columns hold only the values that are declared",
        "Update them, then let a check constraint keep it so."},
    Kind{
        "data.sql",
        major,
        "The project's own SQL finds no fault",
        "See the rows: run the query of the message in psql."},
};

} // namespace

std::span<Kind const> database_kinds() {
    return of_the_database;
}

} // namespace slipway::preflight
