// SPDX-License-Identifier: Apache-2.0
#include "migration/file.hpp"

#include "error/error.hpp"
#include "hash/digest.hpp"
#include "text/join.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <system_error>

#include <fmt/format.h>

namespace slipway::migration {

namespace {

constexpr std::uint64_t largest_migration = std::uint64_t{1} << 30U;
constexpr std::string_view digits = "0123456789";

std::string_view number_of(std::string_view id) {
    if (id.size() > 1 && (id[0] == 'V' || id[0] == 'v') &&
        digits.find(id[1]) != std::string_view::npos) {
        id.remove_prefix(1);
    }
    return id.substr(0, std::min(id.find_first_not_of(digits), id.size()));
}

std::string_view without_leading_zeros(std::string_view number) {
    auto const first = number.find_first_not_of('0');
    return first == std::string_view::npos ? "" : number.substr(first);
}

std::vector<fs::Path> entries_of(fs::Path const& path) {
    std::error_code code;
    std::vector<fs::Path> out;
    std::filesystem::directory_iterator at{path, code};
    if (code) {
        throw Error{
            ErrorKind::usage,
            fmt::format("cannot read the migrations in {}: {}", path.string(), code.message()),
            "Name the folder of migrations with --dir."};
    }
    for (; at != std::filesystem::directory_iterator{}; at.increment(code)) {
        out.push_back(at->path());
    }
    std::sort(out.begin(), out.end());
    return out;
}

File read_one(std::string id, fs::Path const& path) {
    File file;
    file.id = std::move(id);
    file.path = path;
    std::string const content = fs::read_file(path, largest_migration);
    file.bytes = content.size();
    file.checksum = hash::sha256_hex(content);
    return file;
}

bool is_prisma(std::vector<fs::Path> const& entries) {
    return std::any_of(entries.begin(), entries.end(), [](fs::Path const& entry) {
        std::error_code ignored;
        return entry.filename() == "migration_lock.toml" ||
               std::filesystem::exists(entry / "migration.sql", ignored);
    });
}

bool is_numbered_sql(fs::Path const& entry) {
    return entry.extension() == ".sql" && !number_of(entry.filename().string()).empty();
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

Folder read_prisma(fs::Path const& path, std::vector<fs::Path> const& entries) {
    Folder folder{"prisma", "it holds folders with migration.sql", path, {}, {}};
    require_postgresql(path / "migration_lock.toml");
    std::error_code ignored;
    for (auto const& entry : entries) {
        if (!std::filesystem::is_directory(entry, ignored)) {
            if (entry.filename() != "migration_lock.toml") {
                folder.strays.push_back(entry);
            }
            continue;
        }
        fs::Path const script = entry / "migration.sql";
        if (!std::filesystem::exists(script, ignored)) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} has no migration.sql", entry.string()),
                "Prisma refuses such a folder too; remove it, or restore the file."};
        }
        File file = read_one(entry.filename().string(), script);
        for (char const* const name : {"down.sql", "ROLLBACK.sql"}) {
            if (file.down.empty() && std::filesystem::exists(entry / name, ignored)) {
                file.down = entry / name;
            }
        }
        folder.files.push_back(std::move(file));
    }
    return folder;
}

// The name without the first of these ends; nothing where it has none of them.
std::string
without_suffix(std::string const& name, std::initializer_list<std::string_view> suffixes) {
    for (std::string_view const suffix : suffixes) {
        if (name.ends_with(suffix)) {
            return name.substr(0, name.size() - suffix.size());
        }
    }
    return {};
}

// The migration that an undo or assertion script belongs to; empty for every other file.
std::string companion_of(fs::Path const& entry) {
    return without_suffix(entry.filename().string(), {".down.sql", ".rollback.sql", ".verify.sql"});
}

// `001_x.sql`, `001_x.up.sql`.
std::string plain_id(fs::Path const& entry) {
    return without_suffix(entry.filename().string(), {".up.sql", ".sql"});
}

void require_sql(fs::Path const& entry) {
    constexpr std::array programs{".js", ".ts", ".mjs", ".py", ".go", ".rb", ".java", ".php"};
    std::string const extension = entry.extension().string();
    bool const program = std::any_of(
        programs.begin(), programs.end(), [&](char const* known) { return extension == known; });
    if (program && !number_of(entry.filename().string()).empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is a migration that is not SQL", entry.string()),
            "Only SQL migrations can be applied; it would not be right to skip this one."};
    }
}

void require_different_numbers(std::vector<File> const& files) {
    std::map<std::string_view, File const*> seen;
    for (auto const& file : files) {
        auto const number = without_leading_zeros(number_of(file.id));
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

Folder read_plain(fs::Path const& path, std::vector<fs::Path> const& entries) {
    Folder folder{"plain", "it holds numbered SQL files", path, {}, {}};
    std::error_code ignored;
    for (auto const& entry : entries) {
        require_sql(entry);
        if (std::string const owner = companion_of(entry); !owner.empty()) {
            bool const owned = std::filesystem::exists(path / (owner + ".sql"), ignored) ||
                               std::filesystem::exists(path / (owner + ".up.sql"), ignored);
            if (!owned) {
                folder.strays.push_back(entry);
            }
            continue;
        }
        if (!is_numbered_sql(entry) || std::filesystem::is_directory(entry, ignored)) {
            folder.strays.push_back(entry);
            continue;
        }
        File file = read_one(plain_id(entry), entry);
        for (char const* const suffix : {".down.sql", ".rollback.sql"}) {
            fs::Path const down = path / (file.id + suffix);
            if (file.down.empty() && std::filesystem::exists(down, ignored)) {
                file.down = down;
            }
        }
        folder.files.push_back(std::move(file));
    }
    std::sort(folder.files.begin(), folder.files.end(), [](File const& a, File const& b) {
        return plain_order(a.id, b.id);
    });
    require_different_numbers(folder.files);
    return folder;
}

std::string other_layout(fs::Path const& path, std::vector<fs::Path> const& entries) {
    std::error_code ignored;
    if (std::filesystem::exists(path / "meta" / "_journal.json", ignored)) {
        return "drizzle";
    }
    if (std::filesystem::exists(path / "sqitch.plan", ignored) ||
        std::filesystem::exists(path.parent_path() / "sqitch.plan", ignored)) {
        return "sqitch";
    }
    for (auto const& entry : entries) {
        if (entry.extension() != ".sql") {
            continue;
        }
        std::string const name = entry.filename().string();
        if (name.starts_with("V") && name.find("__") != std::string::npos) {
            return "flyway";
        }
        std::string const start = fs::read_file(entry, largest_migration).substr(0, 4096);
        if (start.find("-- migrate:up") != std::string::npos) {
            return "dbmate";
        }
        if (text::lower(start).find("-- +goose up") != std::string::npos) {
            return "goose";
        }
    }
    return {};
}

} // namespace

bool plain_order(std::string_view a, std::string_view b) {
    auto const x = without_leading_zeros(number_of(a));
    auto const y = without_leading_zeros(number_of(b));
    if (x.size() != y.size()) {
        return x.size() < y.size();
    }
    return x != y ? x < y : a < b;
}

std::vector<std::string> accepted_checksums(std::string_view layout, std::string_view content) {
    std::vector<std::string> out{hash::sha256_hex(content)};
    if (layout == "prisma") {
        // Prisma's own rule: a checkout on Windows is no edit.
        std::string const unix_ends = text::replace_all(content, "\r\n", "\n");
        out.push_back(hash::sha256_hex(unix_ends));
        out.push_back(hash::sha256_hex(text::replace_all(unix_ends, "\n", "\r\n")));
    }
    return out;
}

Folder read_folder(fs::Path const& path, std::string_view layout) {
    auto const entries = entries_of(path);
    if (layout == "prisma") {
        return read_prisma(path, entries);
    }
    if (layout == "plain") {
        return read_plain(path, entries);
    }
    bool const prisma = is_prisma(entries);
    bool const plain = std::any_of(entries.begin(), entries.end(), is_numbered_sql);
    if (prisma && plain) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} fits two layouts, prisma and plain", path.string()),
            "Say which with --layout."};
    }
    std::string const other = other_layout(path, entries);
    if (!prisma && !other.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format(
                "{} looks like a folder of {}, which this version cannot apply",
                path.string(),
                other),
            "Only the layouts prisma and plain are known to it."};
    }
    if (!prisma && !plain && !entries.empty()) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} holds no migrations of a known layout", path.string()),
            "Known are prisma (folders with migration.sql) and plain (001_name.sql)."};
    }
    return prisma ? read_prisma(path, entries) : read_plain(path, entries);
}

} // namespace slipway::migration
