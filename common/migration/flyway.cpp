// SPDX-License-Identifier: Apache-2.0
// Flyway: V<version>__<description>.sql and R__<description>.sql, `flyway_schema_history`
// (flyway-core, ResourceNameParser, MigrationVersion, ChecksumCalculator; PostgreSQLDatabase).
#include "error/error.hpp"
#include "hash/digest.hpp"
#include "migration/layout.hpp"
#include "migration/listed.hpp"
#include "migration/rows.hpp"
#include "migration/values.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

// What a file's name says; no prefix where it is not Flyway's.
struct Name {
    char prefix = 0;
    std::string version; // `1.2`, with its zeros; empty of repeatable ones
    std::string description;
};

Name name_of(fs::Path const& entry) {
    std::string const file = entry.filename().string();
    auto const bar = file.find("__");
    if (text::lower(entry.extension().string()) != ".sql" || bar == std::string::npos || bar == 0) {
        return {};
    }
    Name out;
    out.version = text::replace_all(file.substr(1, bar - 1), "_", ".");
    out.description = text::replace_all(file.substr(bar + 2, file.size() - bar - 6), "_", " ");
    bool const numbered =
        !out.version.empty() && out.version.find_first_not_of("0123456789.") == std::string::npos;
    bool const known = file[0] == 'R'
                           ? out.version.empty()
                           : (file[0] == 'V' || file[0] == 'U' || file[0] == 'B') && numbered;
    out.prefix = known ? file[0] : '\0';
    return out;
}

bool is_flyway(Listing const& listing) {
    return std::any_of(listing.entries.begin(), listing.entries.end(), [](fs::Path const& entry) {
        char const prefix = name_of(entry).prefix;
        return prefix == 'V' || prefix == 'R';
    });
}

// 1, 1.0 and 01 are one version: numbers without leading zeros, no zeros at the end.
std::string normalized(std::string_view version) {
    std::vector<std::string> parts;
    for (auto const part : text::split(version, '.')) {
        auto const first = part.find_first_not_of('0');
        parts.emplace_back(first == std::string_view::npos ? "0" : part.substr(first));
    }
    while (parts.size() > 1 && parts.back() == "0") {
        parts.pop_back();
    }
    return text::join(parts, ".");
}

std::string repeatable_key(std::string_view description) {
    return "R " + std::string{description};
}

// CRC-32 over the lines without their ends (LF, CRLF or a lone CR) and without a byte order mark,
// as a signed number.
std::string checksum_of(std::string_view content) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (content.starts_with(byte_order_mark)) {
        content.remove_prefix(byte_order_mark.size());
    }
    std::uint32_t sum = 0;
    fs::each_piece(content, [&sum](std::string_view piece) {
        std::string joined;
        std::copy_if(piece.begin(), piece.end(), std::back_inserter(joined), [](char byte) {
            return byte != '\n' && byte != '\r';
        });
        sum = hash::crc32(joined, sum);
    });
    return std::to_string(static_cast<std::int32_t>(sum));
}

std::vector<std::string> flyway_checksums(std::string_view content) {
    return {checksum_of(content)};
}

// `V1__x.sql.conf` beside a script; only what concerns the transaction is understood.
std::optional<bool> transaction_setting(fs::Path const& script) {
    fs::Path const conf{script.string() + ".conf"};
    std::error_code ignored;
    if (!std::filesystem::exists(conf, ignored)) {
        return std::nullopt;
    }
    fs::Content const content = content_of(conf);
    std::optional<bool> out;
    for (auto const line : text::lines(content)) {
        auto const trimmed = text::trim(line);
        if (trimmed.empty() || trimmed.starts_with('#')) {
            continue;
        }
        auto const is = trimmed.find('=');
        auto const key = text::trim(trimmed.substr(0, is));
        if (key != "executeInTransaction" || is == std::string_view::npos) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{}: the setting {} is not understood", conf.string(), key),
                "Only executeInTransaction is."};
        }
        out = text::lower(std::string{text::trim(trimmed.substr(is + 1))}) == "true";
    }
    return out;
}

// The values for one file: those given, and what Flyway itself knows of the file.
std::shared_ptr<Placeholders const> values_for(fs::Path const& entry, Placeholders const& given) {
    auto values = std::make_shared<Placeholders>(given);
    (*values)["flyway:filename"] = entry.filename().string();
    values->emplace("flyway:defaultSchema", "public");
    values->emplace("flyway:table", "flyway_schema_history");
    return values;
}

// A repeatable one is applied again when a value in it changes.
std::string recorded_checksum(Name const& name, File const& file, std::string_view content) {
    auto const replacements = name.prefix == 'R' ? placeholders_in(content, *file.placeholders)
                                                 : std::vector<Replacement>{};
    if (replacements.empty()) {
        return checksum_of(content);
    }
    Source const source{{}, std::string{content}, nullptr, {}};
    return checksum_of(with_values(source, {}, replacements).text);
}

File read_flyway_file(fs::Path const& entry, Name const& name, Placeholders const& given) {
    fs::Content const content = content_of(entry);
    std::string const file_name = entry.filename().string();
    File file = read_one(file_name.substr(0, file_name.size() - 4), entry, content);
    file.repeatable = name.prefix == 'R';
    file.version = file.repeatable ? repeatable_key(name.description) : normalized(name.version);
    file.placeholders = values_for(entry, given);
    file.recorded = recorded_checksum(name, file, content);
    file.shown_version = name.version;
    file.title = name.description;
    file.transactional = transaction_setting(entry);
    return file;
}

bool flyway_order(File const& a, File const& b) {
    if (a.repeatable != b.repeatable) {
        return b.repeatable;
    }
    return a.repeatable ? a.version < b.version : version_order(a.version, b.version);
}

// Callbacks run around migrations; to leave them out in silence would be another deployment.
void refuse_callback(fs::Path const& entry) {
    std::string const name = entry.filename().string();
    bool const callback =
        (name.starts_with("before") || name.starts_with("after")) && entry.extension() == ".sql";
    if (callback) {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{} is a callback of Flyway, which this version cannot run", entry.string()),
            "Put what it does into a migration."};
    }
}

void read_flyway(Listing const& listing, Folder& folder) {
    std::error_code ignored;
    for (auto const& entry : listing.entries) {
        auto const name = name_of(entry);
        if (name.prefix == 'V' || name.prefix == 'R') {
            folder.files.push_back(read_flyway_file(entry, name, listing.placeholders));
            continue;
        }
        require_sql(entry);
        refuse_callback(entry);
        if (name.prefix == 'B') {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} is a baseline migration, which cannot be applied", entry.string()),
                "Say with migrate-apply baseline --to which migrations a database has."};
        }
        bool const belongs = entry.extension() == ".conf" || name.prefix == 'U' ||
                             !companion_of(entry, false).empty();
        if (!belongs) {
            folder.strays.push_back(entry);
        }
    }
    std::sort(folder.files.begin(), folder.files.end(), flyway_order);
    require_different_versions(folder.files);
    find_companions(folder, false);
    for (auto& file : folder.files) {
        fs::Path undo = file.path;
        undo.replace_filename("U" + file.path.filename().string().substr(1));
        if (!file.repeatable && std::filesystem::exists(undo, ignored)) {
            file.down = undo;
        }
    }
}

class FlywayLedger final : public ListedLedger {
public:
    [[nodiscard]] std::string table() const override {
        return R"("public"."flyway_schema_history")";
    }

    void create(pg::Connection& connection) const override {
        connection.exec(
            "create table if not exists public.flyway_schema_history ("
            "installed_rank integer not null constraint flyway_schema_history_pk primary key,"
            " version varchar(50), description varchar(200) not null, type varchar(20) not null,"
            " script varchar(1000) not null, checksum integer,"
            " installed_by varchar(100) not null, installed_on timestamp not null default now(),"
            " execution_time integer not null, success boolean not null)");
        connection.exec("create index if not exists flyway_schema_history_s_idx"
                        " on public.flyway_schema_history (success)");
    }

    // 77431708279161 and Java's hashCode of `"public"."flyway_schema_history"`.
    [[nodiscard]] std::vector<std::int64_t> foreign_locks() const override {
        return {77433833903597};
    }

    void roll_back(pg::Send const& send, std::string_view key) const override {
        if (key.starts_with(own_row)) {
            // As `flyway repair` does.
            send(
                "delete from public.flyway_schema_history"
                " where installed_rank = $1::integer and not success",
                {key.substr(own_row.size())});
            return;
        }
        ListedLedger::roll_back(send, key);
    }

    // Flyway's community edition undoes nothing; without the row, every edition takes the version
    // for pending.
    void take_back(
        pg::Send const& send,
        File const& /*file*/,
        Entry const& entry,
        Attempt const& /*attempt*/) const override {
        send(
            "delete from public.flyway_schema_history where installed_rank = $1::integer",
            {entry.key.substr(own_row.size())});
    }

protected:
    [[nodiscard]] History read_list(pg::Connection& connection) const override {
        History history;
        history.table_exists = table_exists(connection, table());
        if (!history.table_exists) {
            return history;
        }
        for (auto const row :
             connection.exec("select installed_rank, coalesce(version, ''), description, type,"
                             " coalesce(checksum::text, ''), installed_on, success, script"
                             " from public.flyway_schema_history where installed_rank > 0"
                             " order by installed_rank")) {
            take_row(row, history);
        }
        return history;
    }

    void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& /*attempt*/,
        std::string_view took) const override {
        send(
            fmt::format(
                "insert into public.flyway_schema_history (installed_rank, version, description,"
                " type, script, checksum, installed_by, execution_time, success)"
                " select coalesce(max(installed_rank), 0) + 1, nullif($1, ''), $2, 'SQL', $3,"
                " $4::integer, current_user, {}, true from public.flyway_schema_history",
                took),
            {file.shown_version, file.title, file.path.filename().string(), file.recorded});
    }

private:
    static constexpr std::string_view own_row = "rank ";

    template <typename Row>
    static void take_row(Row const& row, History& history) {
        auto const version = row.template get<std::string>(1);
        auto const type = row.template get<std::string>(3);
        if (type == "BASELINE") {
            history.baseline = normalized(version);
            return;
        }
        auto const id = version.empty() ? repeatable_key(row.template get<std::string>(2))
                                        : normalized(version);
        if (type == "DELETE" || type.starts_with("UNDO")) {
            for (auto& earlier : history.entries) {
                earlier.rolled_back = earlier.rolled_back || earlier.id == id;
            }
            return;
        }
        Entry entry;
        entry.key = std::string{own_row} + std::to_string(row.template get<std::int32_t>(0));
        entry.id = id;
        entry.name = row.template get<std::string>(7);
        entry.checksum = row.template get<std::string>(4);
        entry.started_at = entry.finished_at = row.template get<std::string>(5);
        entry.finished = row.template get<bool>(6);
        history.entries.push_back(std::move(entry));
    }
};

} // namespace

constinit Layout const flyway_layout{
    "flyway",
    "it holds files such as V1__name.sql",
    is_flyway,
    read_flyway,
    [](Folder const&, pg::ConnInfo const&) -> std::unique_ptr<Ledger> {
        return std::make_unique<FlywayLedger>();
    },
    flyway_checksums,
    false,
    true};

} // namespace slipway::migration
