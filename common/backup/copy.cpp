// SPDX-License-Identifier: Apache-2.0
#include "backup/archive.hpp"
#include "error/error.hpp"
#include "fs/file.hpp"
#include "fs/unique_fd.hpp"
#include "signal/stop.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slipway::backup {

namespace {

void copy_file(fs::Path const& from, fs::Path const& to, std::stop_token const& stop) {
    constexpr std::size_t piece = std::size_t{8} << 20U;
    fs::UniqueFd const in{::open(from.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!in) {
        fs::fail("read", from);
    }
    fs::UniqueFd const out{::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!out) {
        fs::fail("write", to);
    }
    for (;;) {
        signal::throw_if_stopped(stop);
        // Inside of one file system the kernel may share the blocks and copy nothing.
        ssize_t const done = ::copy_file_range(in.get(), nullptr, out.get(), nullptr, piece, 0);
        if (done < 0 && errno != EINTR) {
            fs::fail("write", to);
        }
        if (done == 0) {
            break;
        }
    }
    if (::fsync(out.get()) != 0) {
        fs::fail("write", to);
    }
}

} // namespace

void copy_archive(fs::Path const& from, fs::Path const& to, std::stop_token const& stop) {
    if (!std::filesystem::is_directory(from)) {
        copy_file(from, to, stop);
        return;
    }
    if (::mkdir(to.c_str(), 0700) != 0) {
        fs::fail("make folder", to);
    }
    for (auto const& entry : std::filesystem::directory_iterator{from}) {
        copy_file(entry.path(), to / entry.path().filename(), stop);
    }
}

} // namespace slipway::backup
