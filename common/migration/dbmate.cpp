// SPDX-License-Identifier: Apache-2.0
// dbmate: one file with `-- migrate:up` and `-- migrate:down`, `schema_migrations` (dbmate,
// pkg/dbmate/{db,migration}.go and pkg/driver/postgres/postgres.go).
#include "error/error.hpp"
#include "migration/layout.hpp"
#include "migration/listed.hpp"
#include "migration/rows.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

constexpr std::string_view up_mark = "-- migrate:up";
constexpr std::string_view down_mark = "-- migrate:down";

bool is_dbmate(Listing const& listing) {
    return any_has_mark(listing, up_mark);
}

Error fault(fs::Path const& path, std::string_view content, std::size_t at, std::string_view what) {
    Where const where = place_of(path, content, at);
    return Error{ErrorKind::usage, fmt::format("{}: {}", where.text(), what)}.with_where(where);
}

// Only comments may stand before the first mark: dbmate refuses statements there.
void require_nothing_before(fs::Path const& path, std::string_view content, std::size_t up) {
    std::size_t at = 0;
    for (auto const line : text::lines(content.substr(0, up))) {
        auto const trimmed = text::trim(line);
        if (!trimmed.empty() && !trimmed.starts_with("--")) {
            throw fault(
                path, content, at, "a statement before -- migrate:up, which dbmate refuses");
        }
        at += line.size() + 1;
    }
}

// The options behind a mark, such as `transaction:false`.
bool wants_no_transaction(std::string_view content, std::size_t mark) {
    auto const line = text::lower(content.substr(mark, content.find('\n', mark) - mark));
    return line.find("transaction:false") != std::string::npos;
}

File read_dbmate_file(fs::Path const& entry) {
    fs::Content const content = content_of(entry);
    std::string const name = entry.filename().string();
    File file = read_one(name.substr(0, name.size() - 4), entry, content);
    file.version = number_of(name);
    auto const up = find_mark(content, up_mark);
    if (up == std::string::npos) {
        throw fault(entry, content, 0, "there is no -- migrate:up");
    }
    require_nothing_before(entry, content, up);
    auto const down = find_mark(content, down_mark, up);
    if (auto const second = find_mark(content, up_mark, up + 1); second != std::string::npos) {
        throw fault(
            entry, content, second, "a second -- migrate:up, with which dbmate fails (23505)");
    }
    file.up = {up, down};
    if (wants_no_transaction(content, up)) {
        file.transactional = false;
    }
    if (down != std::string::npos) {
        file.down = entry;
        file.down_part = {down, std::string::npos};
        file.down_transactional = !wants_no_transaction(content, down);
    }
    return file;
}

void read_dbmate(Listing const& listing, Folder& folder) {
    std::error_code ignored;
    for (auto const& entry : listing.entries) {
        require_sql(entry);
        bool const migration =
            entry.extension() == ".sql" &&
            std::isdigit(static_cast<unsigned char>(entry.filename().string().front())) != 0 &&
            !std::filesystem::is_directory(entry, ignored);
        if (migration) {
            folder.files.push_back(read_dbmate_file(entry));
        } else if (companion_of(entry, false).empty()) {
            folder.strays.push_back(entry);
        }
    }
    find_companions(folder, false);
    require_different_versions(folder.files); // dbmate's order is that of the names
}

class DbmateLedger final : public ListedLedger {
public:
    [[nodiscard]] std::string table() const override { return R"("public"."schema_migrations")"; }

    void create(pg::Connection& connection) const override {
        connection.exec("create table if not exists public.schema_migrations"
                        " (version varchar primary key)");
    }

    void take_back(
        pg::Send const& send,
        File const& /*file*/,
        Entry const& entry,
        Attempt const& /*attempt*/) const override {
        send("delete from public.schema_migrations where version = $1", {entry.id});
    }

protected:
    [[nodiscard]] History read_list(pg::Connection& connection) const override {
        if (table_exists(connection, table())) {
            require_own(connection);
        }
        return read_applied(
            connection,
            table(),
            "select version, version, '', xmin::text from public.schema_migrations"
            " order by version");
    }

    void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& /*attempt*/,
        std::string_view /*took*/) const override {
        send("insert into public.schema_migrations (version) values ($1)", {file.version});
    }

private:
    // golang-migrate's table has the same name, and one row.
    static void require_own(pg::Connection& connection) {
        auto const other = connection
                               .exec("select count(*) from pg_attribute where attrelid ="
                                     " 'public.schema_migrations'::regclass and attname = 'dirty'")
                               .one_value<std::int64_t>();
        if (other > 0) {
            throw Error{
                ErrorKind::refused,
                "public.schema_migrations is golang-migrate's, and the folder is dbmate's",
                "Look whether --dir and the database belong together."};
        }
    }
};

} // namespace

constinit Layout const dbmate_layout{
    "dbmate",
    "its files have -- migrate:up",
    is_dbmate,
    read_dbmate,
    [](Folder const&, pg::ConnInfo const&) -> std::unique_ptr<Ledger> {
        return std::make_unique<DbmateLedger>();
    },
    [](std::string_view) -> std::vector<std::string> { return {}; },
    true,
    true};

} // namespace slipway::migration
