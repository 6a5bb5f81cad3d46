// SPDX-License-Identifier: Apache-2.0
// Drizzle 1.0: `<14 digits>_<name>/migration.sql` without a journal, the table of 0.x with a name
// (drizzle-orm 1.0, src/migrator.ts, src/up-migrations/pg.ts, src/pg-core/async/session.ts).
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "migration/layout.hpp"
#include "migration/listed.hpp"
#include "migration/rows.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

constexpr std::size_t digits_of_a_time = 14;

bool has_time(std::string const& name) {
    return name.size() > digits_of_a_time && name[digits_of_a_time] == '_' &&
           name.find_first_not_of("0123456789") == digits_of_a_time;
}

// Prisma writes no snapshots, and Drizzle no lock file.
bool is_drizzle_1(Listing const& listing) {
    return std::any_of(listing.entries.begin(), listing.entries.end(), [](fs::Path const& entry) {
        std::error_code ignored;
        return has_time(entry.filename().string()) &&
               std::filesystem::exists(entry / "migration.sql", ignored) &&
               std::filesystem::exists(entry / "snapshot.json", ignored);
    });
}

// The folder's time in milliseconds, as its name says.
std::int64_t milliseconds_of(std::string const& name) {
    auto const part = [&](std::size_t at, std::size_t count) {
        return std::stoi(name.substr(at, count));
    };
    namespace chrono = std::chrono;
    // As JavaScript's Date.UTC, which lets a month of 13 run over into the next year.
    auto const month = chrono::year_month{chrono::year{part(0, 4)}, chrono::January} +
                       chrono::months{part(4, 2) - 1};
    auto const begin = chrono::sys_days{month / 1};
    auto const time = begin.time_since_epoch() + chrono::days{part(6, 2) - 1} +
                      chrono::hours{part(8, 2)} + chrono::minutes{part(10, 2)} +
                      chrono::seconds{part(12, 2)};
    return chrono::duration_cast<chrono::milliseconds>(time).count();
}

void read_drizzle_1(Listing const& listing, Folder& folder) {
    std::error_code ignored;
    if (std::filesystem::exists(listing.path / "meta" / "_journal.json", ignored)) {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{} has a journal of Drizzle 0.x beside folders of 1.0", listing.path.string()),
            "Drizzle refuses this, too: let drizzle-kit up bring all of it up to 1.0."};
    }
    for (auto const& entry : listing.entries) {
        std::string const name = entry.filename().string();
        fs::Path const script = entry / "migration.sql";
        if (!std::filesystem::exists(script, ignored)) {
            folder.strays.push_back(entry);
            continue;
        }
        if (!has_time(name)) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} does not begin with the 14 digits of its time", entry.string()),
                "Give it a name as drizzle-kit does."};
        }
        File file = read_one(name, script);
        file.shown_version = std::to_string(milliseconds_of(name));
        folder.files.push_back(std::move(file));
    }
    find_companions(folder, true);
}

class Drizzle1Ledger final : public ListedLedger {
public:
    explicit Drizzle1Ledger(std::vector<File> files) : files_(std::move(files)) {}

    [[nodiscard]] std::string table() const override {
        return R"("drizzle"."__drizzle_migrations")";
    }

    void create(pg::Connection& connection) const override {
        connection.exec("create schema if not exists drizzle");
        connection.exec("create table if not exists drizzle.__drizzle_migrations"
                        " (id serial primary key, hash text not null, created_at bigint,"
                        " name text, applied_at timestamp with time zone default now())");
        if (!has_names(connection)) {
            upgrade(connection);
        }
    }

    // Drizzle itself has no way back.
    void take_back(
        pg::Send const& send,
        File const& /*file*/,
        Entry const& entry,
        Attempt const& /*attempt*/) const override {
        send("delete from drizzle.__drizzle_migrations where id = $1::integer", {entry.key});
    }

protected:
    [[nodiscard]] History read_list(pg::Connection& connection) const override {
        History history;
        history.table_exists = table_exists(connection, table());
        if (!history.table_exists) {
            return history;
        }
        bool const named = has_names(connection);
        history.table_exists = named; // one of 0.x is still to be brought up
        for (auto const row : connection.exec(fmt::format(
                 "select id::text, hash, coalesce(created_at, 0), {0}, {1}"
                 " from drizzle.__drizzle_migrations{2} order by id",
                 named ? "name" : "null",
                 named ? "coalesce(applied_at::text, '')" : "''",
                 named ? " where name is not null" : ""))) {
            Entry entry;
            entry.key = row.get<std::string>(0);
            entry.checksum = row.get<std::string>(1);
            entry.id =
                named ? row.get<std::string>(3) : match(row.get<std::int64_t>(2), entry.checksum);
            entry.started_at = entry.finished_at = row.get<std::string>(4);
            entry.finished = true;
            history.entries.push_back(std::move(entry));
        }
        return history;
    }

    void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& /*attempt*/,
        std::string_view /*took*/) const override {
        send(
            "insert into drizzle.__drizzle_migrations (hash, created_at, name)"
            " values ($1, $2::bigint, $3)",
            {file.checksum, file.shown_version, file.id});
    }

private:
    static bool has_names(pg::Connection& connection) {
        return connection
            .exec("select exists (select from pg_attribute where attrelid ="
                  " 'drizzle.__drizzle_migrations'::regclass and attname = 'name'"
                  " and not attisdropped)")
            .one_value<bool>();
    }

    // Which folder a row of 0.x is about, by Drizzle's own rule: the second in which it was made,
    // and its hash where that leaves several or none.
    [[nodiscard]] std::string match(std::int64_t created_at, std::string const& hash) const {
        std::string const second = std::to_string(created_at / 1000 * 1000);
        std::vector<File const*> candidates;
        File const* by_hash = nullptr;
        for (auto const& file : files_) {
            if (file.shown_version == second) {
                candidates.push_back(&file);
            }
            by_hash = file.checksum == hash ? &file : by_hash;
        }
        if (candidates.size() == 1) {
            return candidates.front()->id;
        }
        bool const among =
            candidates.empty() ||
            std::find(candidates.begin(), candidates.end(), by_hash) != candidates.end();
        if (by_hash == nullptr || !among) {
            throw Error{
                ErrorKind::refused,
                fmt::format(
                    "{} is of Drizzle 0.x, and its row of {} matches no folder",
                    table(),
                    created_at),
                "Drizzle cannot bring it up to 1.0 either; restore the migration that is missing."};
        }
        return by_hash->id;
    }

    void upgrade(pg::Connection& connection) const {
        auto const history = read_list(connection);
        connection.exec("alter table drizzle.__drizzle_migrations"
                        " add column if not exists name text, add column if not exists"
                        " applied_at timestamp with time zone default now()");
        for (auto const& entry : history.entries) {
            connection.exec(
                "update drizzle.__drizzle_migrations set name = $2, applied_at = null"
                " where id = $1::integer",
                {entry.key, entry.id});
        }
    }

    std::vector<File> files_;
};

} // namespace

constinit Layout const drizzle_1_layout{
    "drizzle-1",
    "its folders have a snapshot.json",
    is_drizzle_1,
    read_drizzle_1,
    [](Folder const& folder, pg::ConnInfo const&) -> std::unique_ptr<Ledger> {
        return std::make_unique<Drizzle1Ledger>(folder.files);
    },
    [](std::string_view content) -> std::vector<std::string> {
        return {hash::sha256_hex(content)};
    },
    true};

} // namespace slipway::migration
