// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace slipway::fs {

using Path = std::filesystem::path;

/// The whole file, at most `limit` bytes; throws usage where it cannot be read or is larger.
std::string read_file(Path const& path, std::uint64_t limit = std::uint64_t{1} << 30U);

/// What the file begins with, at most so many bytes; nothing where it cannot be read.
std::string read_start(Path const& path, std::size_t bytes);
/// Reads the file as read_file does, and hands it over in pieces of at most 64 KiB.
void read_pieces(
    Path const& path,
    std::uint64_t limit,
    std::function<void(std::string_view)> const& take);

/// Replaces the file atomically: a temporary one beside it, fsync, rename, fsync of the folder.
/// Readers see the old or the new content whole; throws usage where the folder is not writable
/// and unavailable where the disk is full. The mode is 0644, or 0600 for `private_file`.
void write_atomic(Path const& path, std::string_view content, bool private_file = false);

/// The same without fsync: after a crash of the machine, not of a process, the file may be empty.
void write_replacing(Path const& path, std::string_view content);

/// Adds to the end of the file in one write, making it if it is not there.
void append(Path const& path, std::string_view content);

/// Makes the folder and its parents; throws usage with the cause where that fails.
void make_folder(Path const& path);

/// Renames within one file system and makes the rename durable.
void rename_durably(Path const& from, Path const& to);

/// The size in bytes of the file system's room that this user may still take at `path`.
std::uint64_t free_bytes(Path const& path);

/// Lower-level cause of the last failed call, as words.
std::string last_error();

/// Throws what errno says about doing `what` to the file: unavailable where the disk is full or
/// broken, else usage.
[[noreturn]] void fail(std::string_view what, Path const& path);

} // namespace slipway::fs
