// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "fs/unique_fd.hpp"
#include "hash/digest.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace slipway::archive {

/// A new file (mode 0600) that several threads append whole pieces to, and whose SHA-256 is taken
/// as it grows.
class MemberFile {
public:
    /// Makes the file, which must not exist, with `front` bytes left free at its start: they are
    /// not among bytes() and in sha256().
    explicit MemberFile(fs::Path path, std::uint64_t front = 0);

    /// Appends the piece as one; throws unavailable where the disk is full.
    void append(std::string_view piece);

    /// Closes the file, which is not durable yet; the object is spent.
    void finish();

    [[nodiscard]] fs::Path const& path() const { return path_; }

    /// After finish().
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    [[nodiscard]] std::string const& sha256() const { return sha256_; }

private:
    fs::Path path_;
    std::uint64_t front_;
    std::mutex mutex_;
    fs::UniqueFd fd_;
    hash::Digest digest_{hash::Algorithm::sha256};
    std::uint64_t bytes_ = 0;
    std::uint64_t flushed_ = 0;
    std::string sha256_;
};

} // namespace slipway::archive
