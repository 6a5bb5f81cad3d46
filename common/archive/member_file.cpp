// SPDX-License-Identifier: Apache-2.0
#include "archive/member_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace slipway::archive {

MemberFile::MemberFile(fs::Path path)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!fd_) {
        fs::fail("write", path_);
    }
}

void MemberFile::append(std::string_view piece) {
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
}

void MemberFile::finish() {
    fd_.reset();
    sha256_ = digest_.hex();
}

} // namespace slipway::archive
