// SPDX-License-Identifier: Apache-2.0
// golang-migrate: `<number>_<name>.up.sql` and `.down.sql`, `schema_migrations` with one row
// (migrate, source/parse.go, database/postgres/postgres.go, database/util.go, migrate.go).
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "ledger/schema.hpp"
#include "migration/layout.hpp"
#include "migration/listed.hpp"
#include "migration/rows.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

constexpr auto no_version = std::int64_t{-1};

// The number before the first underline; -1 where there is none.
std::int64_t number_before_bar(std::string_view name) {
    std::int64_t number = no_version;
    auto const bar = std::min(name.find('_'), name.size());
    auto const [end, fault] = std::from_chars(name.data(), name.data() + bar, number);
    bool const whole = fault == std::errc{} && end == name.data() + bar && bar < name.size();
    return whole && number >= 0 ? number : no_version;
}

bool is_up(fs::Path const& entry) {
    std::string const name = entry.filename().string();
    return name.ends_with(".up.sql") && number_before_bar(name) != no_version;
}

bool is_down(fs::Path const& entry) {
    std::string const name = entry.filename().string();
    return name.ends_with(".down.sql") && number_before_bar(name) != no_version;
}

bool is_golang_migrate(Listing const& listing) {
    bool found = false;
    for (auto const& entry : listing.entries) {
        bool const numbered =
            entry.extension() == ".sql" && !number_of(entry.filename().string()).empty();
        if (numbered && !is_up(entry) && !is_down(entry) && companion_of(entry, true).empty()) {
            return false;
        }
        found = found || is_up(entry);
    }
    return found;
}

void read_golang_migrate(Listing const& listing, Folder& folder) {
    std::error_code ignored;
    for (auto const& entry : listing.entries) {
        require_sql(entry);
        std::string const name = entry.filename().string();
        if (is_up(entry)) {
            File file = read_one(name.substr(0, name.size() - 7), entry);
            file.version = std::to_string(number_before_bar(name));
            folder.files.push_back(std::move(file));
            continue;
        }
        fs::Path up = entry;
        up.replace_filename(companion_of(entry, true) + ".up.sql");
        if (!std::filesystem::exists(up, ignored)) {
            folder.strays.push_back(entry);
        }
    }
    std::sort(folder.files.begin(), folder.files.end(), [](File const& a, File const& b) {
        return version_order(a.version, b.version);
    });
    require_different_versions(folder.files);
    find_companions(folder, true);
}

// crc32 of schema, table and database, with golang-migrate's salt.
std::int64_t lock_of(std::string const& database) {
    constexpr std::uint32_t salt = 1486364155;
    using namespace std::string_literals;
    std::uint32_t const sum = hash::crc32("public\0schema_migrations\0"s + database);
    return static_cast<std::uint32_t>(sum * salt); // it wraps
}

// The one row says up to where the migrations are applied. Which of those below came late nobody
// would know, so that what we apply is noted beside it: the migration, and the one before it.
class GolangMigrateLedger final : public ListedLedger {
public:
    GolangMigrateLedger(Folder const& folder, pg::ConnInfo const& target)
        : database_(target.database()) {
        for (auto const& file : folder.files) {
            numbers_.push_back(number(file.version));
        }
    }

    [[nodiscard]] std::string table() const override { return R"("public"."schema_migrations")"; }

    void create(pg::Connection& connection) const override {
        connection.exec("create table if not exists public.schema_migrations"
                        " (version bigint not null primary key, dirty boolean not null)");
        ledger::ensure_table(
            connection,
            "golang_migrate",
            "create table if not exists slipway.golang_migrate ("
            "version bigint primary key, previous bigint not null,"
            " applied_at timestamptz not null default clock_timestamp())");
    }

    // Opened by an URL, golang-migrate takes the database's name with the slash before it.
    [[nodiscard]] std::vector<std::int64_t> foreign_locks() const override {
        return {lock_of("/" + database_), lock_of(database_)};
    }

    // `migrate force`, with the version before.
    void roll_back(pg::Send const& send, std::string_view key) const override {
        if (key.starts_with(dirty_row)) {
            step_down(send, "dirty and s.version = $1::bigint", key.substr(dirty_row.size()));
            return;
        }
        step_down(
            send,
            "dirty and s.version::text ="
            " (select id from slipway.migration_attempts where key = $1)",
            key);
        ListedLedger::roll_back(send, key);
    }

    void take_back(
        pg::Send const& send,
        File const& /*file*/,
        Entry const& entry,
        Attempt const& /*attempt*/) const override {
        // The table knows the last one alone; the text that is no number is what the server says.
        send(
            "select case when version = $1::bigint then 0 else (format('%s is not the last that is"
            " applied', $1::bigint))::integer end from public.schema_migrations",
            {entry.id});
        step_down(send, "s.version = $1::bigint", entry.id);
        send("delete from slipway.golang_migrate where version >= $1::bigint", {entry.id});
    }

protected:
    [[nodiscard]] History read_list(pg::Connection& connection) const override {
        History history;
        if (!table_exists(connection, table())) {
            return history;
        }
        require_own(connection);
        history.table_exists = table_exists(connection, "slipway.golang_migrate");
        auto const row = current(connection);
        auto const steps = steps_up_to(connection, row.version);
        bool listed = false;
        for (auto const version : numbers_) {
            bool const below = version < row.version || (version == row.version && !row.dirty);
            listed = listed || version == row.version;
            if (below && is_applied(version, steps)) {
                history.entries.push_back(applied(version));
            }
        }
        if (row.dirty || (!listed && row.version != no_version)) {
            Entry entry = applied(row.version);
            entry.finished = !row.dirty;
            entry.key = row.dirty ? std::string{dirty_row} + entry.id : entry.key;
            history.entries.push_back(std::move(entry));
        }
        return history;
    }

    // Outside of its own transaction golang-migrate's row says first that it is not done.
    void
    begin(pg::Connection& connection, File const& file, Attempt const& /*attempt*/) const override {
        auto const send = pg::sending_to(connection);
        note_step(send, file);
        write(send, file, true);
    }

    void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& attempt,
        std::string_view /*took*/) const override {
        if (attempt.span == Span::one_transaction) {
            note_step(send, file);
        }
        write(send, file, false);
    }

    // Where the row was forced to something else, that is what counts.
    [[nodiscard]] bool still_counts(Entry const& noted, History const& list) const override {
        std::int64_t highest = no_version;
        for (auto const& entry : list.entries) {
            highest = std::max(highest, number(entry.id));
            if (!entry.finished && entry.id == noted.id) {
                return true;
            }
        }
        return number(noted.id) < highest;
    }

private:
    static constexpr std::string_view dirty_row = "dirty ";

    struct Row {
        std::int64_t version = no_version;
        bool dirty = false;
    };

    struct Step {
        std::int64_t version = 0;
        std::int64_t previous = 0;
    };

    static std::int64_t number(std::string_view version) {
        std::int64_t out = no_version;
        std::from_chars(version.data(), version.data() + version.size(), out);
        return out;
    }

    static Entry applied(std::int64_t version) {
        Entry entry;
        entry.key = entry.id = std::to_string(version);
        entry.finished = true;
        return entry;
    }

    // The versions of the folder, for a query.
    [[nodiscard]] pg::Param known() const {
        std::vector<std::string> out;
        for (auto const one : numbers_) {
            out.push_back(std::to_string(one));
        }
        return pg::text_array(out);
    }

    static Row current(pg::Connection& connection) {
        auto const rows =
            connection.exec("select version, dirty from public.schema_migrations limit 1");
        return rows.empty() ? Row{} : Row{rows[0].get<std::int64_t>(0), rows[0].get<bool>(1)};
    }

    // One that comes late leaves the row as it is.
    static void write(pg::Send const& send, File const& file, bool dirty) {
        send("delete from public.schema_migrations where version <= $1::bigint", {file.version});
        send(
            "insert into public.schema_migrations (version, dirty) select $1::bigint, $2::boolean"
            " where not exists (select from public.schema_migrations)",
            {file.version, dirty});
    }

    // The row goes to the version before, where the condition on it holds.
    void step_down(pg::Send const& send, std::string_view condition, std::string_view value) const {
        send(
            fmt::format(
                "update public.schema_migrations s set dirty = false, version = coalesce("
                "(select greatest(g.previous, (select max(version) from slipway.golang_migrate"
                " where version < s.version)) from slipway.golang_migrate g"
                " where g.version = s.version),"
                " (select max(n::bigint) from unnest($2::text[]) n where n::bigint < s.version),"
                " {}) where {}",
                no_version,
                condition),
            {value, known()});
        send(
            fmt::format("delete from public.schema_migrations where version = {}", no_version), {});
    }

    // What is applied, and after what; of one that comes late, what is before it in the folder.
    void note_step(pg::Send const& send, File const& file) const {
        send(
            fmt::format(
                "insert into slipway.golang_migrate (version, previous) select $1::bigint,"
                " coalesce((select version from public.schema_migrations where version <"
                " $1::bigint),"
                " (select max(n::bigint) from unnest($2::text[]) n where n::bigint < $1::bigint"
                " and exists (select from public.schema_migrations)), {})"
                " on conflict (version) do update set previous = excluded.previous,"
                " applied_at = excluded.applied_at",
                no_version),
            {file.version, known()});
    }

    static std::vector<Step> steps_up_to(pg::Connection& connection, std::int64_t version) {
        std::vector<Step> out;
        if (!table_exists(connection, "slipway.golang_migrate")) {
            return out;
        }
        for (auto const row : connection.exec(
                 "select version, previous from slipway.golang_migrate where version <= $1",
                 {version})) {
            out.push_back({row.get<std::int64_t>(0), row.get<std::int64_t>(1)});
        }
        return out;
    }

    // One that lies between two which we applied one after the other has come later.
    static bool is_applied(std::int64_t version, std::vector<Step> const& steps) {
        bool const known = std::any_of(
            steps.begin(), steps.end(), [&](Step const& one) { return one.version == version; });
        return known || std::none_of(steps.begin(), steps.end(), [&](Step const& one) {
                   return one.previous < version && version < one.version;
               });
    }

    // dbmate's table has the same name.
    static void require_own(pg::Connection& connection) {
        auto const own = connection
                             .exec("select count(*) from pg_attribute where attrelid ="
                                   " 'public.schema_migrations'::regclass and attname = 'dirty'")
                             .one_value<std::int64_t>();
        if (own == 0) {
            throw Error{
                ErrorKind::refused,
                "public.schema_migrations is another program's, and the folder is "
                "golang-migrate's",
                "Look whether --dir and the database belong together."};
        }
    }

    std::string database_;
    std::vector<std::int64_t> numbers_;
};

} // namespace

constinit Layout const golang_migrate_layout{
    "golang-migrate",
    "it holds pairs such as 1_name.up.sql",
    is_golang_migrate,
    read_golang_migrate,
    [](Folder const& folder, pg::ConnInfo const& target) -> std::unique_ptr<Ledger> {
        return std::make_unique<GolangMigrateLedger>(folder, target);
    },
    [](std::string_view) -> std::vector<std::string> { return {}; },
    false,
    false,
    true};

} // namespace slipway::migration
