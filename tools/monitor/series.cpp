// SPDX-License-Identifier: Apache-2.0
#include "series.hpp"

#include "error/error.hpp"
#include "fs/file.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

// Far more than a sample of a hundred endpoints; what is longer is no series.
constexpr std::size_t longest_line = std::size_t{4} << 20U;

} // namespace

Series Series::append_to(fs::Path const& path) {
    if (path.has_parent_path()) {
        fs::make_folder(path.parent_path());
    }
    fs::UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
    if (!fd) {
        fs::fail("open", path);
    }
    struct stat facts {};
    if (::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is no regular file", path.string()),
            "Name a file for the series."};
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        throw Error{
            ErrorKind::refused,
            fmt::format("another process writes to the series {}", path.string()),
            "Wait until that monitor has ended, or give this one a series of its own."};
    }
    Series out{path, std::move(fd)};
    out.cut_unfinished_line();
    return out;
}

void Series::cut_unfinished_line() {
    auto const size = ::lseek(fd_.get(), 0, SEEK_END);
    if (size < 0) {
        fs::fail("read", path_);
    }
    auto end = size;
    std::array<char, 4096> block{};
    bool found = false;
    while (end > 0 && !found) {
        auto const from = std::max<off_t>(0, end - static_cast<off_t>(block.size()));
        auto const length =
            ::pread(fd_.get(), block.data(), static_cast<std::size_t>(end - from), from);
        if (length != end - from) {
            fs::fail("read", path_);
        }
        std::string_view const text{block.data(), static_cast<std::size_t>(length)};
        auto const at = text.rfind('\n');
        found = at != std::string_view::npos;
        end = found ? from + static_cast<off_t>(at) + 1 : from;
    }
    // A file without any line's end that does not look like ours is somebody else's.
    char first = '{';
    if (end == 0 && size > 0 && ::pread(fd_.get(), &first, 1, 0) == 1 && first != '{') {
        throw Error{
            ErrorKind::usage,
            fmt::format("{} is no series of monitor", path_.string()),
            "Name another file for --series."};
    }
    if (end != size && ::ftruncate(fd_.get(), end) != 0) {
        fs::fail("cut the unfinished line of", path_);
    }
    cut_ = static_cast<std::uint64_t>(size - end);
}

void Series::append(std::string_view line) {
    std::string text{line};
    text += '\n';
    std::string_view left{text};
    while (!left.empty()) {
        auto const written = ::write(fd_.get(), left.data(), left.size());
        if (written < 0 && errno != EINTR) {
            fs::fail("write to", path_);
        }
        left.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    if (::fdatasync(fd_.get()) != 0) {
        fs::fail("write to", path_);
    }
}

void Series::read(fs::Path const& path, Listener const& listener) {
    std::ifstream in{path, std::ios::binary};
    if (!in) {
        fs::fail("read", path);
    }
    std::string line;
    std::int64_t number = 0;
    while (std::getline(in, line)) {
        ++number;
        bool const finished = !in.eof();
        if (!finished) {
            return;
        }
        try {
            if (line.size() > longest_line) {
                throw Error{ErrorKind::usage, "the line is too long"};
            }
            read_line(line, path.string(), listener);
        } catch (Error const& error) {
            throw Error{
                ErrorKind::usage,
                fmt::format(
                    "{}:{}: no line of a series: {}", path.string(), number, error.message()),
                "Name a file that monitor wrote by --series, or move this one away."}
                .with_where({path.string(), number, 0});
        }
    }
}

} // namespace slipway::monitor
