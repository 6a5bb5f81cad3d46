// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::migration {

/// One migration as it lies in the folder.
struct File {
    std::string id; // as the history table has it
    fs::Path path;
    std::string checksum; // SHA-256 of the bytes, lower-case hexadecimal digits
    std::uint64_t bytes = 0;
    fs::Path down; // its undo script, empty where there is none
};

/// What a folder of migrations holds, in the order in which they apply.
struct Folder {
    std::string layout; // `prisma`, `plain`
    std::string reason; // why it was taken for that layout
    fs::Path path;
    std::vector<File> files;
    std::vector<fs::Path> strays; // files that belong to no migration
};

/// Reads a folder of migrations; `layout` is `auto`, `prisma` or `plain`. Throws usage with the
/// path where it cannot be read, fits no layout or two, or holds two migrations of one version or
/// a migration that is not SQL.
Folder read_folder(fs::Path const& path, std::string_view layout);

/// Whether two plain ids are in order: their numbers compared as numbers of any size, then bytes.
bool plain_order(std::string_view a, std::string_view b);

/// The checksums that a layout accepts for one content: Prisma's takes LF and CRLF for equal.
std::vector<std::string> accepted_checksums(std::string_view layout, std::string_view content);

} // namespace slipway::migration
