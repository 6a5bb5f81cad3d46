// SPDX-License-Identifier: Apache-2.0
// goose: `<number>_<name>.sql` with `-- +goose Up` and `Down`, `goose_db_version` (goose,
// internal/sqlparser/parser.go, internal/dialects/postgres.go, migration.go, lock/).
#include "error/error.hpp"
#include "migration/layout.hpp"
#include "migration/listed.hpp"
#include "migration/rows.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

bool is_goose(Listing const& listing) {
    return any_has_mark(listing, "-- +goose up");
}

Error goose_fault(
    fs::Path const& path,
    std::string_view content,
    std::size_t at,
    std::string_view what) {
    Where const where = place_of(path, content, at);
    return Error{
        ErrorKind::usage, fmt::format("{}: {}", where.text(), what), "goose refuses this, too."}
        .with_where(where);
}

// Follows the annotations of a file, line by line, as goose's own parser does.
class GooseFile {
public:
    GooseFile(fs::Path const& path, std::string_view content) : path_(path), content_(content) {}

    void fill(File& file) {
        fs::each_line(content_, [this](std::string_view line, std::size_t at) {
            at_ = at;
            take(line);
            return true;
        });
        at_ = content_.size();
        require(up_ != none, "there is no -- +goose Up");
        require(!inside_, "-- +goose StatementBegin without a StatementEnd");
        require_ended();
        end_environment();
        file.up = {up_, down_};
        file.environment = environment_;
        file.transactional = transactional_;
        if (down_ != none) {
            file.down = path_;
            file.down_part = {down_, none};
            file.down_transactional = transactional_;
        }
    }

private:
    static constexpr auto none = std::string::npos;

    void require(bool holds, std::string_view what) const {
        if (!holds) {
            throw goose_fault(path_, content_, std::min(at_, content_.size()), what);
        }
    }

    void require_ended() const {
        if (open_ != none) {
            throw goose_fault(path_, content_, open_, "a statement without its semicolon");
        }
    }

    void take(std::string_view line) {
        auto const trimmed = text::trim(line);
        if (trimmed.starts_with("--") && trimmed.find("+goose") != none) {
            require(line.front() == '-', "blanks before an annotation");
            take_annotation(line, text::lower(annotation_of(trimmed)));
        } else if (!trimmed.empty() && !(open_ == none && trimmed.starts_with("--"))) {
            require(up_ != none, "a statement before -- +goose Up");
            take_sql(trimmed);
        }
    }

    static std::string annotation_of(std::string_view line) {
        std::string const bare = text::replace_all(std::string{line}, "--", "");
        auto const at = bare.find("+goose");
        return std::string{text::trim(bare.substr(at + 6))};
    }

    void take_annotation(std::string_view line, std::string const& what) {
        std::size_t const after = at_ + line.size();
        if (what == "up") {
            require(up_ == none, "a second -- +goose Up");
            up_ = after;
        } else if (what == "down") {
            require(up_ != none && down_ == none && !inside_, "-- +goose Down out of its place");
            require_ended();
            down_ = at_;
        } else if (what == "statementbegin") {
            require(up_ != none && !inside_, "-- +goose StatementBegin out of its place");
            inside_ = true;
        } else if (what == "statementend") {
            require(inside_, "-- +goose StatementEnd without a StatementBegin");
            inside_ = false;
            open_ = none;
        } else if (what == "no transaction") {
            transactional_ = false;
        } else if (what == "envsub on") {
            environment_from_ = after;
        } else if (what == "envsub off") {
            end_environment();
        } else {
            require(false, fmt::format("the annotation `{}` is not known", what));
        }
    }

    void end_environment() {
        if (environment_from_ != none) {
            environment_.push_back({environment_from_, at_});
            environment_from_ = none;
        }
    }

    // A statement ends with a line whose last word before a comment ends in a semicolon.
    void take_sql(std::string_view trimmed) {
        if (open_ == none) {
            open_ = at_;
        }
        std::string_view last;
        for (std::size_t at = 0; at < trimmed.size();) {
            auto const begin = trimmed.find_first_not_of(" \t\r", at);
            if (begin == none || trimmed.substr(begin).starts_with("--")) {
                break;
            }
            at = std::min(trimmed.find_first_of(" \t\r", begin), trimmed.size());
            last = trimmed.substr(begin, at - begin);
        }
        if (!inside_ && last.ends_with(';')) {
            open_ = none;
        }
    }

    fs::Path const& path_;
    std::string_view content_;
    std::size_t at_ = 0; // where the line starts
    std::size_t up_ = none;
    std::size_t down_ = none;
    std::size_t open_ = none; // where the statement that is not ended yet starts
    std::size_t environment_from_ = none;
    std::vector<Part> environment_;
    bool inside_ = false; // between StatementBegin and StatementEnd
    bool transactional_ = true;
};

// The number of `<number>_<name>`, without leading zeros; empty where goose passes the file over.
std::string goose_number(std::string const& name) {
    auto const digits = name.substr(0, name.find('_'));
    bool const number = digits.size() < name.size() && !digits.empty() &&
                        digits.find_first_not_of("0123456789") == std::string::npos;
    auto const first = digits.find_first_not_of('0');
    return number && first != std::string::npos ? digits.substr(first) : "";
}

void read_goose(Listing const& listing, Folder& folder) {
    std::error_code ignored;
    for (auto const& entry : listing.entries) {
        std::string const name = entry.filename().string();
        if (!name.ends_with("_test.go")) {
            require_sql(entry);
        }
        std::string const number = goose_number(name);
        bool const migration = entry.extension() == ".sql" && !number.empty() &&
                               !std::filesystem::is_directory(entry, ignored);
        if (!migration) {
            if (companion_of(entry, false).empty()) {
                folder.strays.push_back(entry);
            }
            continue;
        }
        fs::Content const content = content_of(entry);
        File file = read_one(name.substr(0, name.size() - 4), entry, content);
        file.version = number;
        GooseFile{entry, content}.fill(file);
        folder.files.push_back(std::move(file));
    }
    std::sort(folder.files.begin(), folder.files.end(), [](File const& a, File const& b) {
        return version_order(a.version, b.version);
    });
    require_different_versions(folder.files);
    find_companions(folder, false);
}

class GooseLedger final : public ListedLedger {
public:
    [[nodiscard]] std::string table() const override { return R"("public"."goose_db_version")"; }

    void create(pg::Connection& connection) const override {
        connection.exec("create table if not exists public.goose_db_version ("
                        "id integer primary key generated by default as identity,"
                        " version_id bigint not null, is_applied boolean not null,"
                        " tstamp timestamp not null default now())");
        // goose takes a table without a row for a broken one.
        connection.exec("insert into public.goose_db_version (version_id, is_applied)"
                        " select 0, true where not exists (select from public.goose_db_version)");
    }

    // The other lock of its library is a row that is held for a time.
    void require_free(pg::Connection& connection) const override {
        if (!table_exists(connection, "public.goose_lock")) {
            return;
        }
        auto const held = connection.exec(
            "select coalesce(locked_by, 'someone'), lease_expires_at::text from public.goose_lock"
            " where locked and lease_expires_at > now() limit 1");
        if (!held.empty()) {
            throw Error{
                ErrorKind::refused,
                fmt::format(
                    "goose is at work: {} holds public.goose_lock until {}",
                    held[0].get<std::string>(0),
                    held[0].get<std::string>(1)),
                "Wait for its end, and run migrate-apply again."};
        }
    }

    // Its library's; the command line takes none.
    [[nodiscard]] std::vector<std::int64_t> foreign_locks() const override { return {4097083626}; }

    void take_back(
        pg::Send const& send,
        File const& /*file*/,
        Entry const& entry,
        Attempt const& /*attempt*/) const override {
        send("delete from public.goose_db_version where version_id = $1::bigint", {entry.id});
    }

protected:
    [[nodiscard]] History read_list(pg::Connection& connection) const override {
        History history;
        if (!table_exists(connection, table())) {
            return history;
        }
        history.table_exists =
            connection.exec("select exists (select from public.goose_db_version)")
                .one_value<bool>();
        for (auto const row : connection.exec(
                 "select id::text, version_id::text, is_applied, tstamp::text, xmin::text"
                 " from public.goose_db_version where version_id > 0 order by id")) {
            Entry entry;
            entry.key = row.get<std::string>(0);
            entry.id = row.get<std::string>(1);
            entry.finished = true;
            entry.started_at = entry.finished_at =
                row.get<std::optional<std::string>>(3).value_or("");
            entry.written_by = row.get<std::string>(4);
            if (row.get<bool>(2)) {
                history.entries.push_back(std::move(entry));
                continue;
            }
            // Older versions note the way back so, and delete no row.
            for (auto& earlier : history.entries) {
                earlier.rolled_back = earlier.rolled_back || earlier.id == entry.id;
            }
        }
        return history;
    }

    void insert(
        pg::Send const& send,
        File const& file,
        Attempt const& /*attempt*/,
        std::string_view /*took*/) const override {
        send(
            "insert into public.goose_db_version (version_id, is_applied) values ($1::bigint, "
            "true)",
            {file.version});
    }
};

} // namespace

constinit Layout const goose_layout{
    "goose",
    "its files have -- +goose Up",
    is_goose,
    read_goose,
    [](Folder const&, pg::ConnInfo const&) -> std::unique_ptr<Ledger> {
        return std::make_unique<GooseLedger>();
    },
    [](std::string_view) -> std::vector<std::string> { return {}; },
    false,
    true};

} // namespace slipway::migration
