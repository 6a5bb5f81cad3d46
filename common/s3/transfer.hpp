// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "s3/client.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace slipway::s3 {

/// A file on its way into a bucket.
struct Upload {
    fs::Path file;
    std::string key;
    http::Headers metadata;
    std::function<void(std::uint64_t)> on_progress;
};

/// How the file came there.
struct Uploaded {
    std::uint64_t bytes = 0;
    int parts = 0;   // 0: in one piece
    int resumed = 0; // of them, those that had arrived before
};

/// The size of a part of an upload of so many bytes: at least 8 MiB, and fewer than 1000 parts,
/// for there are stores that take no more. Pure.
std::uint64_t part_size(std::uint64_t bytes);

/// Sends the file in parts of bounded size, each with its checksums and tried again by itself, and
/// asks the store whether the object has the file's size. Parts that arrived in an upload that was
/// cut are not sent again; where this one fails, its parts stay for the next one. Throws as Bucket
/// does, usage where the file cannot be read.
Uploaded upload(Bucket& bucket, Upload const& upload);

/// Writes the object's `bytes` bytes to a new file, mode 0600; returns their SHA-256 in
/// hexadecimal digits. Throws unavailable where the disk is full.
std::string download(
    Bucket& bucket,
    std::string const& key,
    std::uint64_t bytes,
    fs::Path const& file,
    std::function<void(std::uint64_t)> const& on_progress = {});

} // namespace slipway::s3
