// SPDX-License-Identifier: Apache-2.0
//
// Inside the room: what makes a layout, and what the readers of their folders share.
#pragma once

#include "error/error.hpp"
#include "fs/content.hpp"
#include "migration/file.hpp"
#include "migration/history.hpp"

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migration {

/// A folder's entries, in order of their names, and the values for its placeholders.
struct Listing {
    fs::Path path;
    std::vector<fs::Path> entries;
    std::vector<fs::Path> folders; // of the entries
    Placeholders placeholders;

    /// Whether the entry is a folder.
    [[nodiscard]] bool is_folder(fs::Path const& entry) const;

    /// read_one() of an entry, from what was read before where that was all of it.
    [[nodiscard]] File file(std::string id, fs::Path const& entry) const;

    /// The first 16 KiB of each SQL file among the entries, in their order, read once.
    [[nodiscard]] std::vector<std::string> const& starts() const;

private:
    mutable std::optional<std::vector<std::string>> starts_;
    mutable std::vector<fs::Path> started_; // whose they are
};

/// How another program keeps its migrations and their history.
struct Layout {
    std::string_view name;
    std::string_view reason; // what its folder looks like: `it holds folders with migration.sql`
    bool (*fits)(Listing const& listing);
    /// Fills files and strays.
    void (*read)(Listing const& listing, Folder& folder);
    std::unique_ptr<Ledger> (*ledger)(Folder const& folder, pg::ConnInfo const& target);
    /// Nothing where the history has no checksums.
    std::vector<std::string> (*checksums)(std::string_view content);
    bool applies_late = false;
    /// Its folder is one of numbered SQL files as well, of which it has a mark.
    bool above_plain = false;
    /// Its own program goes no further where a migration is applied that the folder lacks.
    bool refuses_missing = false;
};

extern Layout const prisma_layout;
extern Layout const plain_layout;
extern Layout const dbmate_layout;
extern Layout const drizzle_layout;
extern Layout const drizzle_1_layout;
extern Layout const flyway_layout;
extern Layout const goose_layout;
extern Layout const golang_migrate_layout;
extern Layout const supabase_layout;
extern Layout const node_pg_migrate_layout;
extern Layout const sqitch_layout;

/// The layout of that name; throws internal where there is none.
Layout const& layout_of(std::string_view name);

/// The digits that a name begins with, behind one `V` where there is one.
std::string_view number_of(std::string_view name);

/// No migration is larger; what is read of one at once is a piece of it.
inline constexpr std::uint64_t largest_migration = std::uint64_t{1} << 30U;

/// A file with id, version, path, checksum and size; `content` is what was read.
File read_one(std::string id, fs::Path const& path, std::string_view content);
File read_one(std::string id, fs::Path const& path);
fs::Content content_of(fs::Path const& path);

/// The line of a byte of the file's content.
Where place_of(fs::Path const& path, std::string_view content, std::size_t at);

/// Whether one of the starts has such a line; `mark` as in find_mark.
bool any_has_line(Listing const& listing, bool (*is_one)(std::string_view line));
bool any_has_mark(Listing const& listing, std::string_view mark);

/// The name without the first of these ends; nothing where it has none of them.
std::string
without_suffix(std::string const& name, std::initializer_list<std::string_view> suffixes);

/// Finds what lies beside a migration and undoes or verifies it, where the layout has not found it:
/// `ROLLBACK.md`, `down.sql`, `ROLLBACK.sql` and `verify.sql` in the folder of a `migration.sql`;
/// else `<id>.ROLLBACK.md`, and the SQL ones where `with_sql` says that the layout's own program
/// does not take them for migrations.
void find_companions(Folder& folder, bool with_sql);

/// Whether the entry is one of those: its migration's id, else empty.
std::string companion_of(fs::Path const& entry, bool with_sql);

/// Throws usage where the entry is a numbered program of another language.
void require_sql(fs::Path const& entry);

/// Throws usage where two files have one version.
void require_different_versions(std::vector<File> const& files);

/// The first line of a text that begins with the mark, whatever its case and the blanks before it
/// and inside of it; npos where there is none.
std::size_t find_mark(std::string_view content, std::string_view mark, std::size_t from = 0);

} // namespace slipway::migration
