// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migration {

/// A part of a file, in bytes.
struct Part {
    std::size_t begin = 0;
    std::size_t end = std::string::npos;
};

/// Values for what Flyway calls placeholders, by name.
using Placeholders = std::map<std::string, std::string, std::less<>>;

struct PlannedChange; // what sqitch.plan says of a migration

/// One migration as it lies in the folder.
struct File {
    std::string id;      // for people, and for --to and --only
    std::string version; // as the history table has it; the id where the layout knows no other
    fs::Path path;
    std::string checksum; // SHA-256 of the bytes, lower-case hexadecimal digits
    std::uint64_t bytes = 0;
    fs::Path down;   // its undo script, empty where there is none; it may be the same file
    fs::Path verify; // asserts that it did its work, empty where there is none

    Part up;                           // what of the file is to be applied
    std::optional<bool> transactional; // what the file itself asks for
    Part down_part;                    // what of `down` undoes
    std::optional<bool> down_transactional;
    bool repeatable = false;   // applied again whenever it changes
    std::string shown_version; // as the history writes it, where that is not `version`
    std::string title;         // what the history says of it, where it has room for that
    std::string recorded;      // the history's own kind of checksum (Flyway's CRC-32)

    /// Flyway's values for `${name}`; nothing where the layout has no such thing.
    std::shared_ptr<Placeholders const> placeholders;
    std::vector<Part> environment; // where goose's ENVSUB puts variables of the environment
    std::shared_ptr<PlannedChange const> planned; // of sqitch
};

/// What a folder of migrations holds, in the order in which they apply.
struct Folder {
    std::string layout; // `prisma`, `plain`, …
    std::string reason; // why it was taken for that layout
    fs::Path path;
    std::vector<File> files;
    std::vector<fs::Path> strays; // files that belong to no migration
};

/// Reads a folder of migrations; `layout` is `auto` or one of layouts(). Throws usage with the
/// path where it cannot be read, fits no layout or two, or holds two migrations of one version or
/// a migration that is not SQL. A placeholder without a value is an error of read_script.
Folder
read_folder(fs::Path const& path, std::string_view layout, Placeholders const& placeholders = {});

/// As above of `DIR`, whose layout is to be found, or `LAYOUT:DIR`.
Folder read_named_folder(std::string_view where);

/// The names of the layouts that can be applied.
std::vector<std::string> layouts();

/// Whether migrations of this layout that come late are applied (by its own program, and so by
/// us unless told otherwise); else they are an error.
bool applies_late(std::string_view layout);

/// Whether the layout's own program goes no further where a migration is applied whose file is
/// gone, and so do we.
bool refuses_missing(std::string_view layout);

/// Whether two versions are in order: number by number, each of any size, then by bytes.
/// `V9_a` < `V10_a`, `1.2` < `1.10`.
bool version_order(std::string_view a, std::string_view b);

/// What the history of a layout may have as the checksum of a file with this content: Prisma's
/// takes LF and CRLF for equal. Empty where it keeps none.
std::vector<std::string> accepted_checksums(std::string_view layout, std::string_view content);

} // namespace slipway::migration
