// SPDX-License-Identifier: Apache-2.0
#include "archive/member_file.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace slipway::archive {

namespace {

constexpr std::uint64_t flush_every = std::uint64_t{16} << 20U;

} // namespace

MemberFile::MemberFile(fs::Path path, std::uint64_t front)
    : path_(std::move(path)), front_(front),
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!fd_ || ::lseek(fd_.get(), static_cast<off_t>(front_), SEEK_SET) < 0) {
        fs::fail("write", path_);
    }
}

void MemberFile::append(std::string_view piece) {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    {
        std::lock_guard const lock{mutex_};
        digest_.update(piece);
        bytes_ += piece.size();
        while (!piece.empty()) {
            ssize_t const done = ::write(fd_.get(), piece.data(), piece.size());
            if (done < 0 && errno != EINTR) {
                fs::fail("write", path_);
            }
            piece.remove_prefix(done > 0 ? static_cast<std::size_t>(done) : 0);
        }
        if (bytes_ - flushed_ < flush_every) {
            return;
        }
        begin = std::exchange(flushed_, bytes_);
        end = bytes_;
    }
    // The disk begins to write while there is more to come, so that the fsync at the end is short.
    ::sync_file_range(
        fd_.get(),
        static_cast<off64_t>(front_ + begin),
        static_cast<off64_t>(end - begin),
        SYNC_FILE_RANGE_WRITE);
}

void MemberFile::finish() {
    fd_.reset();
    sha256_ = digest_.hex();
}

} // namespace slipway::archive
