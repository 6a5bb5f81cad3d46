// SPDX-License-Identifier: Apache-2.0
#include "migration/history.hpp"

#include "error/error.hpp"
#include "ledger/schema.hpp"
#include "pg/quote.hpp"

#include <fmt/format.h>

namespace slipway::migration {

namespace {

bool table_exists(pg::Connection& connection, std::string const& name) {
    return connection.exec("select to_regclass($1) is not null", {name}).one_value<bool>();
}

History read_rows(pg::Connection& connection, std::string const& table, std::string const& query) {
    History history;
    history.table_exists = table_exists(connection, table);
    if (!history.table_exists) {
        return history;
    }
    for (auto const row : connection.exec(query)) {
        Entry entry;
        entry.key = row.get<std::string>("key");
        entry.id = row.get<std::string>("id");
        entry.checksum = row.get<std::string>("checksum");
        entry.started_at = row.get<std::string>("started_at");
        entry.finished_at = row.get<std::optional<std::string>>("finished_at").value_or("");
        entry.finished = !entry.finished_at.empty();
        entry.rolled_back = row.get<bool>("rolled_back");
        entry.log = row.get<std::optional<std::string>>("log").value_or("");
        history.entries.push_back(std::move(entry));
    }
    return history;
}

// Prisma's table, as its engine makes it (prisma-engines, flavour/postgres.rs).
class PrismaLedger final : public Ledger {
public:
    explicit PrismaLedger(std::string schema) : schema_(std::move(schema)) {}

    [[nodiscard]] std::string table() const override {
        return pg::qualified(schema_, "_prisma_migrations");
    }

    [[nodiscard]] History read(pg::Connection& connection) const override {
        return read_rows(
            connection,
            table(),
            fmt::format(
                "select id as key, migration_name as id, checksum, started_at, finished_at,"
                " rolled_back_at is not null as rolled_back, logs as log"
                " from {} order by started_at, finished_at nulls last, id",
                table()));
    }

    void create(pg::Connection& connection) const override {
        connection.exec(fmt::format(
            "create table if not exists {} ("
            "id varchar(36) primary key not null, checksum varchar(64) not null,"
            " finished_at timestamptz, migration_name varchar(255) not null, logs text,"
            " rolled_back_at timestamptz, started_at timestamptz not null default now(),"
            " applied_steps_count integer not null default 0)",
            table()));
    }

    [[nodiscard]] std::optional<std::int64_t> foreign_lock() const override {
        return 72707369; // prisma-engines: every `migrate` takes it
    }

    void
    start(pg::Connection& connection, File const& file, Attempt const& attempt) const override {
        connection.exec(
            fmt::format(
                "insert into {} (id, checksum, migration_name, started_at)"
                " values ($1, $2, $3, clock_timestamp())",
                table()),
            {attempt.key, file.checksum, file.id});
    }

    void finish(pg::Connection& connection, Attempt const& attempt) const override {
        connection.exec(
            fmt::format(
                "update {} set finished_at = clock_timestamp(), logs = null,"
                " applied_steps_count = applied_steps_count + 1 where id = $1",
                table()),
            {attempt.key});
    }

    void
    note(pg::Connection& connection, std::string_view key, std::string_view log) const override {
        connection.exec(fmt::format("update {} set logs = $2 where id = $1", table()), {key, log});
    }

    void roll_back(pg::Connection& connection, std::string_view key) const override {
        connection.exec(
            fmt::format(
                "update {} set rolled_back_at = clock_timestamp() where id = $1 and finished_at is "
                "null",
                table()),
            {key});
    }

    void
    adopt(pg::Connection& connection, File const& file, Attempt const& attempt) const override {
        connection.exec(
            fmt::format(
                "insert into {} (id, checksum, migration_name, logs, started_at, finished_at,"
                " applied_steps_count) values ($1, $2, $3, '', now(), now(), 0)",
                table()),
            {attempt.key, file.checksum, file.id});
    }

private:
    std::string schema_;
};

// Our own table, for folders that no other program keeps a history of.
class PlainLedger final : public Ledger {
public:
    [[nodiscard]] std::string table() const override { return "slipway.migrations"; }

    [[nodiscard]] History read(pg::Connection& connection) const override {
        return read_rows(
            connection,
            table(),
            "select key, id, checksum, started_at, finished_at,"
            " rolled_back_at is not null as rolled_back, log"
            " from slipway.migrations order by number");
    }

    void create(pg::Connection& connection) const override {
        ledger::ensure_table(
            connection,
            "migrations",
            "create table if not exists slipway.migrations ("
            "number bigint generated always as identity primary key, key text not null unique,"
            " id text not null, checksum text not null,"
            " started_at timestamptz not null default clock_timestamp(), finished_at timestamptz,"
            " rolled_back_at timestamptz, log text, run_id text, actor text, git_commit text)");
    }

    [[nodiscard]] std::optional<std::int64_t> foreign_lock() const override { return std::nullopt; }

    void
    start(pg::Connection& connection, File const& file, Attempt const& attempt) const override {
        insert(connection, file, attempt, "null");
    }

    void finish(pg::Connection& connection, Attempt const& attempt) const override {
        connection.exec(
            "update slipway.migrations set finished_at = clock_timestamp(), log = null where key = "
            "$1",
            {attempt.key});
    }

    void
    note(pg::Connection& connection, std::string_view key, std::string_view log) const override {
        connection.exec("update slipway.migrations set log = $2 where key = $1", {key, log});
    }

    void roll_back(pg::Connection& connection, std::string_view key) const override {
        connection.exec(
            "update slipway.migrations set rolled_back_at = clock_timestamp()"
            " where key = $1 and finished_at is null",
            {key});
    }

    void
    adopt(pg::Connection& connection, File const& file, Attempt const& attempt) const override {
        insert(connection, file, attempt, "clock_timestamp()");
    }

private:
    static void insert(
        pg::Connection& connection,
        File const& file,
        Attempt const& attempt,
        std::string_view finished_at) {
        connection.exec(
            fmt::format(
                "insert into slipway.migrations (key, id, checksum, run_id, actor, git_commit,"
                " finished_at) values ($1, $2, $3, $4, $5, $6, {})",
                finished_at),
            {attempt.key, file.id, file.checksum, attempt.run_id, attempt.actor, attempt.commit});
    }
};

} // namespace

std::unique_ptr<Ledger> ledger_of(std::string_view layout, std::string schema) {
    if (layout == "prisma") {
        return std::make_unique<PrismaLedger>(std::move(schema));
    }
    return std::make_unique<PlainLedger>();
}

std::string prisma_schema(pg::ConnInfo const& target) {
    return target.parameter("schema").value_or("public");
}

} // namespace slipway::migration
