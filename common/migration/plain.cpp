// SPDX-License-Identifier: Apache-2.0
// Numbered SQL files that no other program keeps a history of: `slipway.migrations`.
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "ledger/schema.hpp"
#include "migration/layout.hpp"
#include "migration/rows.hpp"

#include <algorithm>
#include <map>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

bool is_numbered_sql(fs::Path const& entry) {
    return entry.extension() == ".sql" && !number_of(entry.filename().string()).empty();
}

bool is_plain(Listing const& listing) {
    return std::any_of(listing.entries.begin(), listing.entries.end(), is_numbered_sql);
}

// `001_x.sql`, `001_x.up.sql`.
std::string plain_id(fs::Path const& entry) {
    return without_suffix(entry.filename().string(), {".up.sql", ".sql"});
}

void require_different_numbers(std::vector<File> const& files) {
    std::map<std::string_view, File const*> seen;
    for (auto const& file : files) {
        auto const written = number_of(file.id);
        auto const number =
            written.substr(std::min(written.find_first_not_of('0'), written.size()));
        auto const [at, fresh] = seen.emplace(number, &file);
        if (!fresh) {
            throw Error{
                ErrorKind::usage,
                fmt::format(
                    "two migrations have the number {}: {} and {}",
                    number_of(file.id),
                    at->second->path.string(),
                    file.path.string()),
                "Give one of them another number."};
        }
    }
}

void read_plain(Listing const& listing, Folder& folder) {
    auto const& path = listing.path;
    std::error_code ignored;
    for (auto const& entry : listing.entries) {
        require_sql(entry);
        if (std::string const owner = companion_of(entry, true); !owner.empty()) {
            bool const owned = std::filesystem::exists(path / (owner + ".sql"), ignored) ||
                               std::filesystem::exists(path / (owner + ".up.sql"), ignored);
            if (!owned) {
                folder.strays.push_back(entry);
            }
            continue;
        }
        if (!is_numbered_sql(entry) || listing.is_folder(entry)) {
            folder.strays.push_back(entry);
            continue;
        }
        folder.files.push_back(listing.file(plain_id(entry), entry));
    }
    find_companions(folder, true);
    std::sort(folder.files.begin(), folder.files.end(), [](File const& a, File const& b) {
        return version_order(a.id, b.id);
    });
    require_different_numbers(folder.files);
}

std::vector<std::string> plain_checksums(std::string_view content) {
    return {hash::sha256_hex(content)};
}

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

    void
    start(pg::Connection& connection, File const& file, Attempt const& attempt) const override {
        insert(pg::sending_to(connection), file, attempt, "clock_timestamp()", "null");
    }

    void finish(
        pg::Send const& send,
        File const& file,
        Attempt const& attempt,
        std::optional<time::Milliseconds> /*took*/) const override {
        if (attempt.span == Span::one_transaction) {
            insert(send, file, attempt, "now()", "clock_timestamp()");
            return;
        }
        send(
            "update slipway.migrations set finished_at = clock_timestamp(), log = null where key = "
            "$1",
            {attempt.key});
    }

    void
    note(pg::Connection& connection, std::string_view key, std::string_view log) const override {
        connection.exec("update slipway.migrations set log = $2 where key = $1", {key, log});
    }

    void roll_back(pg::Send const& send, std::string_view key) const override {
        send(
            "update slipway.migrations set rolled_back_at = clock_timestamp()"
            " where key = $1 and finished_at is null",
            {key});
    }

    void adopt(pg::Send const& send, File const& file, Attempt const& attempt) const override {
        insert(send, file, attempt, "clock_timestamp()", "clock_timestamp()");
    }

    void take_back(
        pg::Send const& send,
        File const& /*file*/,
        Entry const& entry,
        Attempt const& /*attempt*/) const override {
        send(
            "update slipway.migrations set rolled_back_at = clock_timestamp() where key = $1",
            {entry.key});
    }

private:
    static void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& attempt,
        std::string_view started_at,
        std::string_view finished_at) {
        send(
            fmt::format(
                "insert into slipway.migrations (key, id, checksum, run_id, actor, git_commit,"
                " started_at, finished_at) values ($1, $2, $3, $4, $5, $6, {}, {})",
                started_at,
                finished_at),
            {attempt.key, file.id, file.checksum, attempt.run_id, attempt.actor, attempt.commit});
    }
};

} // namespace

constinit Layout const plain_layout{
    "plain",
    "it holds numbered SQL files",
    is_plain,
    read_plain,
    [](Folder const&, pg::ConnInfo const&) -> std::unique_ptr<Ledger> {
        return std::make_unique<PlainLedger>();
    },
    plain_checksums,
    false};

} // namespace slipway::migration
