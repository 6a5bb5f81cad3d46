// SPDX-License-Identifier: Apache-2.0
// Drizzle (0.x): `<tag>.sql` in the order of meta/_journal.json, `drizzle.__drizzle_migrations`
// (drizzle-orm, src/migrator.ts and src/pg-core/dialect.ts).
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "json/value.hpp"
#include "migration/layout.hpp"
#include "migration/listed.hpp"
#include "migration/rows.hpp"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace slipway::migration {

namespace {

fs::Path journal_of(fs::Path const& folder) {
    return folder / "meta" / "_journal.json";
}

bool is_drizzle(Listing const& listing) {
    std::error_code ignored;
    return std::filesystem::exists(journal_of(listing.path), ignored);
}

File read_entry(fs::Path const& folder, json::Value const& entry) {
    std::string const tag = json::text_at(entry, "tag");
    auto const& when = json::at(entry, "when");
    if (tag.empty() || tag.find('/') != std::string::npos || !when.is_number_integer()) {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{}: an entry has no tag or no when: {}",
                journal_of(folder).string(),
                json::write(entry)),
            "Let drizzle-kit write it again."};
    }
    fs::Path const path = folder / (tag + ".sql");
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{} names {}, which is not there", journal_of(folder).string(), tag + ".sql"),
            "Restore the file; Drizzle fails on this, too."};
    }
    File file = read_one(tag, path);
    file.version = std::to_string(when.get<std::int64_t>());
    return file;
}

void read_drizzle(Listing const& listing, Folder& folder) {
    auto const path = journal_of(listing.path);
    auto const journal = json::parse(content_of(path), path.string());
    if (json::text_at(journal, "dialect") != "postgresql") {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{} is for another database: {}",
                path.string(),
                json::text_at(journal, "dialect"))};
    }
    std::set<fs::Path> known;
    for (auto const& entry : json::at(journal, "entries")) {
        folder.files.push_back(read_entry(listing.path, entry));
        known.insert(folder.files.back().path);
    }
    require_different_versions(folder.files);
    find_companions(folder, true);
    for (auto const& entry : listing.entries) {
        bool const belongs = known.contains(entry) || !companion_of(entry, true).empty();
        if (entry.filename() != "meta" && !belongs) {
            folder.strays.push_back(entry); // Drizzle says nothing of them
        }
    }
}

std::vector<std::string> drizzle_checksums(std::string_view content) {
    return {hash::sha256_hex(content)};
}

class DrizzleLedger final : public ListedLedger {
public:
    [[nodiscard]] std::string table() const override {
        return R"("drizzle"."__drizzle_migrations")";
    }

    void create(pg::Connection& connection) const override {
        connection.exec("create schema if not exists drizzle");
        connection.exec("create table if not exists drizzle.__drizzle_migrations"
                        " (id serial primary key, hash text not null, created_at bigint)");
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
        return read_rows(
            connection,
            table(),
            "select id::text as key, created_at::text as id, hash as checksum,"
            " to_timestamp(created_at / 1000.0) as started_at,"
            " to_timestamp(created_at / 1000.0) as finished_at, false as rolled_back,"
            " null as log from drizzle.__drizzle_migrations where created_at is not null"
            " order by created_at, id");
    }

    void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& /*attempt*/,
        std::string_view /*took*/) const override {
        send(
            "insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2::bigint)",
            {file.checksum, file.version});
    }
};

} // namespace

// A late migration is passed over by Drizzle without a word; here it is an error first.
constinit Layout const drizzle_layout{
    "drizzle",
    "it holds meta/_journal.json",
    is_drizzle,
    read_drizzle,
    [](Folder const&, pg::ConnInfo const&) -> std::unique_ptr<Ledger> {
        return std::make_unique<DrizzleLedger>();
    },
    drizzle_checksums,
    false,
    true};

} // namespace slipway::migration
