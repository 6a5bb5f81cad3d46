// SPDX-License-Identifier: Apache-2.0
#include "fs/file.hpp"

#include "error/error.hpp"
#include "fs/unique_fd.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::fs {

namespace {

void write_all(int fd, std::string_view content, Path const& path) {
    while (!content.empty()) {
        ssize_t const written = ::write(fd, content.data(), content.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            fail("write", path);
        }
        content.remove_prefix(static_cast<std::size_t>(written));
    }
}

Path folder_of(Path const& path) {
    return path.has_parent_path() ? path.parent_path() : Path{"."};
}

void sync_folder(Path const& folder) {
    UniqueFd const fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    // Some file systems refuse to sync a folder; the content itself is safe by then.
    if (fd) {
        ::fsync(fd.get());
    }
}

} // namespace

void fail(std::string_view what, Path const& path) {
    int const code = errno;
    bool const full = code == ENOSPC || code == EDQUOT || code == EFBIG;
    throw Error{
        full || code == EIO ? ErrorKind::unavailable : ErrorKind::usage,
        fmt::format("cannot {} {}: {}", what, path.string(), std::generic_category().message(code)),
        full ? "Free some room on that file system, or name another folder." : ""};
}

std::string last_error() {
    return std::generic_category().message(errno);
}

namespace {

UniqueFd open_to_read(Path const& path, struct stat& status) {
    UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!fd || ::fstat(fd.get(), &status) != 0) {
        fail("read", path);
    }
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        fail("read", path);
    }
    return fd;
}

void read_pieces_of(
    UniqueFd const& fd,
    Path const& path,
    std::uint64_t limit,
    std::function<void(std::string_view)> const& take) {
    // NOLINTNEXTLINE(*-member-init): not cleared, which takes longer than to read a small file
    std::array<char, 65536> buffer;
    std::uint64_t size = 0;
    for (;;) {
        ssize_t const got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            fail("read", path);
        }
        if (got == 0) {
            return;
        }
        size += static_cast<std::uint64_t>(got);
        if (size > limit) {
            throw Error{
                ErrorKind::usage,
                fmt::format("{} is larger than the limit of {} bytes", path.string(), limit)};
        }
        take({buffer.data(), static_cast<std::size_t>(got)});
    }
}

} // namespace

std::string read_file(Path const& path, std::uint64_t limit) {
    struct stat status {};
    UniqueFd const fd = open_to_read(path, status);
    std::string out;
    // A size is a hint (0 below /proc), and one beyond the limit is refused before it is read.
    if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) <= limit) {
        out.reserve(static_cast<std::size_t>(status.st_size));
    }
    read_pieces_of(fd, path, limit, [&out](std::string_view piece) { out += piece; });
    return out;
}

void read_pieces(
    Path const& path,
    std::uint64_t limit,
    std::function<void(std::string_view)> const& take) {
    struct stat status {};
    read_pieces_of(open_to_read(path, status), path, limit, take);
}

std::string read_start(Path const& path, std::size_t bytes) {
    UniqueFd const fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    std::string out;
    // NOLINTNEXTLINE(*-member-init): as above
    for (std::array<char, 4096> buffer; fd && out.size() < bytes;) {
        ssize_t const got =
            ::read(fd.get(), buffer.data(), std::min(buffer.size(), bytes - out.size()));
        if (got > 0) {
            out.append(buffer.data(), static_cast<std::size_t>(got));
        } else if (got == 0 || errno != EINTR) {
            break;
        }
    }
    return out;
}

namespace {

void replace(Path const& path, std::string_view content, mode_t mode, bool sync) {
    std::string pattern = (folder_of(path) / ("." + path.filename().string() + ".XXXXXX")).string();
    UniqueFd fd{::mkostemp(pattern.data(), O_CLOEXEC)};
    if (!fd) {
        fail("write", path);
    }
    try {
        write_all(fd.get(), content, path);
        if (::fchmod(fd.get(), mode) != 0 || (sync && ::fsync(fd.get()) != 0)) {
            fail("write", path);
        }
        fd.reset();
        if (::rename(pattern.c_str(), path.c_str()) != 0) {
            fail("write", path);
        }
    } catch (...) {
        ::unlink(pattern.c_str());
        throw;
    }
}

} // namespace

void write_atomic(Path const& path, std::string_view content, bool private_file) {
    replace(path, content, private_file ? 0600 : 0644, true);
    sync_folder(folder_of(path));
}

void write_replacing(Path const& path, std::string_view content) {
    replace(path, content, 0644, false);
}

void append(Path const& path, std::string_view content) {
    UniqueFd const fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    if (!fd) {
        fail("write", path);
    }
    write_all(fd.get(), content, path);
}

void make_folder(Path const& path) {
    std::error_code code;
    std::filesystem::create_directories(path, code);
    if (code) {
        errno = code.value();
        fail("make folder", path);
    }
}

void rename_durably(Path const& from, Path const& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) {
        fail("rename", from);
    }
    sync_folder(folder_of(to));
}

std::uint64_t free_bytes(Path const& path) {
    struct statvfs status {};
    if (::statvfs(path.c_str(), &status) != 0) {
        fail("measure the free room of", path);
    }
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

} // namespace slipway::fs
