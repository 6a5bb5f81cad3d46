// SPDX-License-Identifier: Apache-2.0
// node-pg-migrate: `<digits>_<name>.sql` with `-- Up Migration` and `-- Down Migration`,
// `pgmigrations` (node-pg-migrate, src/{runner,migration,sqlMigration}.ts).
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

// Whether the line is a comment that names the direction: `-- Up Migration`, in any case.
bool is_direction(std::string_view line, std::string_view direction) {
    auto rest = text::trim(line);
    if (!rest.starts_with("--")) {
        return false;
    }
    rest.remove_prefix(std::min(rest.find_first_not_of("- \t"), rest.size()));
    auto const word = rest.substr(0, direction.size());
    rest.remove_prefix(word.size());
    auto const blanks = std::min(rest.find_first_not_of(" \t"), rest.size());
    return text::equal_ignoring_case(word, direction) && blanks > 0 &&
           text::equal_ignoring_case(rest.substr(blanks, 9), "migration");
}

// Where the first such line starts.
std::size_t find_direction(std::string_view content, std::string_view direction) {
    auto found = std::string::npos;
    fs::each_line(content, [&](std::string_view line, std::size_t at) {
        bool const is = is_direction(line, direction);
        found = is ? at : found;
        return !is;
    });
    return found;
}

bool is_node_pg_migrate(Listing const& listing) {
    return any_has_line(listing, [](std::string_view line) { return is_direction(line, "up"); });
}

// 17 digits are a time to the millisecond, and sort with the milliseconds of the others.
std::string sorting_number(std::string const& name) {
    std::string digits{number_of(name)};
    if (digits.size() != 17) {
        return digits;
    }
    auto const part = [&](std::size_t at, std::size_t count) {
        return std::stoi(digits.substr(at, count));
    };
    namespace chrono = std::chrono;
    auto const day = chrono::sys_days{
        chrono::year{part(0, 4)} / chrono::month{static_cast<unsigned>(part(4, 2))} /
        chrono::day{static_cast<unsigned>(part(6, 2))}};
    auto const time = day.time_since_epoch() + chrono::hours{part(8, 2)} +
                      chrono::minutes{part(10, 2)} + chrono::seconds{part(12, 2)} +
                      chrono::milliseconds{part(14, 3)};
    return std::to_string(chrono::duration_cast<chrono::milliseconds>(time).count());
}

File read_node_pg_file(fs::Path const& entry) {
    constexpr auto none = std::string::npos;
    fs::Content const content = content_of(entry);
    File file = read_one(entry.stem().string(), entry, content);
    auto const up = find_direction(content, "up");
    auto const down = find_direction(content, "down");
    if (up != none) {
        file.up = {up, down < up ? none : down};
    }
    if (down != none) {
        file.down = entry;
        file.down_part = {down, up == none || up < down ? none : up};
    }
    return file;
}

void read_node_pg_migrate(Listing const& listing, Folder& folder) {
    std::error_code ignored;
    for (auto const& entry : listing.entries) {
        require_sql(entry);
        std::string const name = entry.filename().string();
        bool const migration = entry.extension() == ".sql" && name[0] != 'V' &&
                               !number_of(name).empty() &&
                               !std::filesystem::is_directory(entry, ignored);
        if (migration) {
            folder.files.push_back(read_node_pg_file(entry));
        } else if (name[0] != '.') {
            folder.strays.push_back(entry);
        }
    }
    std::sort(folder.files.begin(), folder.files.end(), [](File const& a, File const& b) {
        auto const x = sorting_number(a.id);
        auto const y = sorting_number(b.id);
        bool const equal = !version_order(x, y) && !version_order(y, x);
        return equal ? version_order(a.id, b.id) : version_order(x, y);
    });
}

class NodePgMigrateLedger final : public ListedLedger {
public:
    [[nodiscard]] std::string table() const override { return R"("public"."pgmigrations")"; }

    void create(pg::Connection& connection) const override {
        connection.exec("create table if not exists public.pgmigrations (id serial primary key,"
                        " name varchar(255) not null, run_on timestamp not null)");
    }

    [[nodiscard]] std::vector<std::int64_t> foreign_locks() const override {
        return {7241865325823964};
    }

    void take_back(
        pg::Send const& send,
        File const& /*file*/,
        Entry const& entry,
        Attempt const& /*attempt*/) const override {
        send("delete from public.pgmigrations where name = $1", {entry.id});
    }

protected:
    [[nodiscard]] History read_list(pg::Connection& connection) const override {
        return read_applied(
            connection,
            table(),
            "select id::text, name, run_on::text, xmin::text from public.pgmigrations"
            " order by run_on, id");
    }

    // Within one transaction all rows would have one time, and still be told apart by their id.
    void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& /*attempt*/,
        std::string_view /*took*/) const override {
        send("insert into public.pgmigrations (name, run_on) values ($1, now())", {file.version});
    }
};

} // namespace

constinit Layout const node_pg_migrate_layout{
    "node-pg-migrate",
    "its files have -- Up Migration",
    is_node_pg_migrate,
    read_node_pg_migrate,
    [](Folder const&, pg::ConnInfo const&) -> std::unique_ptr<Ledger> {
        return std::make_unique<NodePgMigrateLedger>();
    },
    [](std::string_view) -> std::vector<std::string> { return {}; },
    false,
    true,
    true};

} // namespace slipway::migration
