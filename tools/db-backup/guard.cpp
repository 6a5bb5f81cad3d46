// SPDX-License-Identifier: Apache-2.0
#include "guard.hpp"

#include "db_backup.hpp"
#include "error/error.hpp"
#include "progress/progress.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace slipway::db_backup {

namespace {

constexpr std::int64_t rows_that_matter = 1000;
constexpr std::uint64_t least_room = std::uint64_t{16} << 20U;

} // namespace

std::vector<std::string>
shrunken(backup::Manifest const& earlier, std::vector<backup::Table> const& tables) {
    std::vector<std::string> out;
    for (auto const& old : earlier.tables) {
        auto const now = std::find_if(tables.begin(), tables.end(), [&](auto const& table) {
            return table.schema == old.schema && table.name == old.name;
        });
        if (!old.data || old.rows == 0) {
            continue;
        }
        if (now == tables.end()) {
            out.push_back(
                fmt::format("{}.{} had {} rows and is gone", old.schema, old.name, old.rows));
        } else if (
            now->data && now->rows < old.rows - now->rows &&
            old.rows - now->rows > rows_that_matter) {
            out.push_back(fmt::format(
                "{}.{} had {} rows and has {}", old.schema, old.name, old.rows, now->rows));
        }
    }
    return out;
}

std::uint64_t room_needed(
    std::vector<SourceTable> const& tables,
    std::uint64_t database_bytes,
    backup::Manifest const* earlier) {
    if (earlier != nullptr && earlier->database_bytes > 0) {
        double const growth =
            static_cast<double>(database_bytes) / static_cast<double>(earlier->database_bytes);
        return least_room +
               static_cast<std::uint64_t>(2 * growth * static_cast<double>(earlier->archive.bytes));
    }
    std::uint64_t out = least_room;
    for (auto const& source : tables) {
        out += source.table.data ? source.bytes : 0;
    }
    return out;
}

void require_room(
    std::vector<fs::Path> const& folders,
    std::uint64_t needed,
    bool dry,
    tool::Context& context) {
    for (auto const& folder : folders) {
        if (dry && !std::filesystem::exists(folder)) {
            continue;
        }
        std::uint64_t const room = fs::free_bytes(folder);
        std::string const failure = room >= needed
                                        ? ""
                                        : fmt::format(
                                              "{} has {} left, and the backup may need {}",
                                              folder.string(),
                                              progress::human_bytes(room),
                                              progress::human_bytes(needed));
        note(context, "room", "there is room for the backup", failure);
        if (!failure.empty()) {
            throw Error{
                ErrorKind::refused,
                failure,
                "Free some room, or name a folder on another disk with --to."};
        }
    }
}

} // namespace slipway::db_backup
