// SPDX-License-Identifier: Apache-2.0
// Prisma Migrate: a folder a migration, `_prisma_migrations` (prisma-engines).
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "migration/layout.hpp"
#include "migration/rows.hpp"
#include "pg/quote.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

// Drizzle 1.0 has folders of the same kind, with a snapshot in each, and no lock file.
bool is_prisma(Listing const& listing) {
    bool scripts = false;
    bool snapshots = false;
    std::error_code ignored;
    bool const locked =
        std::any_of(listing.entries.begin(), listing.entries.end(), [](fs::Path const& entry) {
            return entry.filename() == "migration_lock.toml";
        });
    if (locked) {
        return true;
    }
    for (auto const& entry : listing.folders) {
        scripts = scripts || std::filesystem::exists(entry / "migration.sql", ignored);
        snapshots = snapshots || std::filesystem::exists(entry / "snapshot.json", ignored);
    }
    return scripts && !snapshots;
}

// A lock file of another database's migrations is refused as Prisma does (P3019).
void require_postgresql(fs::Path const& lock) {
    std::error_code ignored;
    if (!std::filesystem::exists(lock, ignored)) {
        return;
    }
    std::string const content = fs::read_file(lock, 1U << 20U); // outlives its lines
    for (auto const line : text::lines(content)) {
        auto const trimmed = text::trim(line);
        if (trimmed.starts_with("provider") && trimmed.find("postgres") == std::string_view::npos) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} is for another database: {}", lock.string(), trimmed)};
        }
    }
}

File read_migration(fs::Path const& entry) {
    std::error_code ignored;
    fs::Path const script = entry / "migration.sql";
    if (!std::filesystem::exists(script, ignored)) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} has no migration.sql", entry.string()),
            "Prisma refuses such a folder too; remove it, or restore the file."};
    }
    return read_one(entry.filename().string(), script);
}

void read_prisma(Listing const& listing, Folder& folder) {
    require_postgresql(listing.path / "migration_lock.toml");
    for (auto const& entry : listing.entries) {
        if (listing.is_folder(entry)) {
            folder.files.push_back(read_migration(entry));
        } else if (entry.filename() != "migration_lock.toml") {
            folder.strays.push_back(entry);
        }
    }
    find_companions(folder, true);
}

// Prisma's own rule: a checkout on Windows is no edit.
std::vector<std::string> prisma_checksums(std::string_view content) {
    std::string const unix_ends = text::replace_all(content, "\r\n", "\n");
    return {
        hash::sha256_hex(content),
        hash::sha256_hex(unix_ends),
        hash::sha256_hex(text::replace_all(unix_ends, "\n", "\r\n"))};
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

    [[nodiscard]] std::vector<std::int64_t> foreign_locks() const override {
        return {72707369}; // prisma-engines: every `migrate` takes it
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

    void finish(
        pg::Send const& send,
        File const& file,
        Attempt const& attempt,
        std::optional<time::Milliseconds> /*took*/) const override {
        if (attempt.span == Span::one_transaction) {
            // now() is when the transaction began.
            send(
                fmt::format(
                    "insert into {} (id, checksum, migration_name, started_at, finished_at,"
                    " applied_steps_count) values ($1, $2, $3, now(), clock_timestamp(), 1)",
                    table()),
                {attempt.key, file.checksum, file.id});
            return;
        }
        send(
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

    void roll_back(pg::Send const& send, std::string_view key) const override {
        send(
            fmt::format(
                "update {} set rolled_back_at = clock_timestamp() where id = $1 and finished_at is "
                "null",
                table()),
            {key});
    }

    void adopt(pg::Send const& send, File const& file, Attempt const& attempt) const override {
        send(
            fmt::format(
                "insert into {} (id, checksum, migration_name, logs, started_at, finished_at,"
                " applied_steps_count) values ($1, $2, $3, '', now(), now(), 0)",
                table()),
            {attempt.key, file.checksum, file.id});
    }

    // The row stays, and the migration is pending again.
    void take_back(
        pg::Send const& send,
        File const& /*file*/,
        Entry const& entry,
        Attempt const& /*attempt*/) const override {
        send(
            fmt::format("update {} set rolled_back_at = clock_timestamp() where id = $1", table()),
            {entry.key});
    }

private:
    std::string schema_;
};

} // namespace

std::string prisma_schema(pg::ConnInfo const& target) {
    return target.parameter("schema").value_or("public");
}

constinit Layout const prisma_layout{
    "prisma",
    "it holds folders with migration.sql",
    is_prisma,
    read_prisma,
    [](Folder const&, pg::ConnInfo const& target) -> std::unique_ptr<Ledger> {
        return std::make_unique<PrismaLedger>(prisma_schema(target));
    },
    prisma_checksums,
    true};

} // namespace slipway::migration
