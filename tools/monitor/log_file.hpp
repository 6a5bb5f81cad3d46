// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fs/file.hpp"
#include "fs/unique_fd.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::monitor {

/// One file of a log, open, plain or compressed by gzip.
class LogFile {
public:
    /// Nothing where it cannot be opened or is no regular file.
    static std::optional<LogFile> open(fs::Path const& path);

    LogFile(LogFile&&) noexcept;
    LogFile& operator=(LogFile&&) noexcept;
    LogFile(LogFile const&) = delete;
    LogFile& operator=(LogFile const&) = delete;
    ~LogFile();

    /// The next bytes, at most `most`; 0 at the end. Throws unavailable where reading fails.
    std::size_t read(char* into, std::size_t most);

    /// Goes on reading there; false where a compressed file ends before it.
    bool seek(std::uint64_t offset);

    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    [[nodiscard]] std::uint64_t inode() const { return inode_; }
    [[nodiscard]] bool compressed() const { return gunzip_ != nullptr; }

    /// As of now; of a compressed file 0.
    [[nodiscard]] std::uint64_t size() const;

    /// What tells the text before `offset` from another: 16 hexadecimal digits of its beginning
    /// and of its last bytes there; empty where the file is shorter. Moves a compressed file there.
    std::string signature(std::uint64_t offset);

private:
    struct Gunzip;
    LogFile(fs::UniqueFd fd, std::uint64_t inode);
    std::size_t inflate(char* into, std::size_t most);

    fs::UniqueFd fd_;
    std::uint64_t inode_ = 0;
    std::uint64_t offset_ = 0;
    std::unique_ptr<Gunzip> gunzip_;
};

/// The older files of a log beside it, as logrotate and pm2-logrotate name them, the oldest first.
std::vector<fs::Path> rotated_files(fs::Path const& log);

} // namespace slipway::monitor
