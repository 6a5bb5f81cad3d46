// SPDX-License-Identifier: Apache-2.0
#include "backup/tar.hpp"

#include "error/error.hpp"
#include "fs/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::backup {

namespace {

constexpr std::size_t block = 512;
constexpr std::size_t longest_name = 100;
constexpr std::uint64_t flush_every = std::uint64_t{16} << 20U;
constexpr std::uint64_t largest_size = 077777777777; // 11 octal digits

using Block = std::array<char, block>;

std::size_t padding(std::uint64_t bytes) {
    return static_cast<std::size_t>((block - bytes % block) % block);
}

// The sum of all bytes of the header, its own field counted as spaces (POSIX, "ustar Interchange
// Format").
unsigned checksum(Block const& header) {
    unsigned sum = 0;
    for (std::size_t i = 0; i < block; ++i) {
        sum += i >= 148 && i < 156 ? unsigned{' '} : static_cast<unsigned char>(header[i]);
    }
    return sum;
}

void put_text(Block& header, std::size_t at, std::size_t room, std::string_view text) {
    std::memcpy(header.data() + at, text.data(), std::min(room, text.size()));
}

// One record of a pax header: its length, which counts its own digits, a key and a value.
std::string pax_record(std::string_view key, std::string_view value) {
    std::size_t const rest = key.size() + value.size() + 3; // space, =, newline
    std::size_t length = rest + 1;
    while (length != rest + std::to_string(length).size()) {
        length = rest + std::to_string(length).size();
    }
    return fmt::format("{} {}={}\n", length, key, value);
}

std::int64_t seconds(time::Instant instant) {
    return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

std::string header(std::string_view name, std::uint64_t bytes, char type, std::int64_t modified) {
    Block out{};
    put_text(out, 0, longest_name, name);
    put_text(out, 100, 7, "0000600");
    put_text(out, 108, 7, "0000000");
    put_text(out, 116, 7, "0000000");
    // A size that does not fit is in the pax header, which overrides this field.
    put_text(out, 124, 11, fmt::format("{:011o}", bytes > largest_size ? 0 : bytes));
    put_text(out, 136, 11, fmt::format("{:011o}", modified));
    out[156] = type;
    put_text(out, 257, 6, std::string_view{"ustar\0", 6});
    put_text(out, 263, 2, "00");
    put_text(out, 265, 32, "root");
    put_text(out, 297, 32, "root");
    put_text(out, 148, 8, fmt::format("{:06o}", checksum(out)));
    out[154] = '\0';
    out[155] = ' ';
    return {out.data(), out.size()};
}

// All that stands before a member's bytes; where `extended`, with a pax header in any case.
std::string
headers(std::string const& name, std::uint64_t bytes, std::int64_t modified, bool extended) {
    std::string extra;
    if (name.size() > longest_name) {
        extra += pax_record("path", name);
    }
    if (bytes > largest_size || extended) {
        extra += pax_record("size", std::to_string(bytes));
    }
    std::string out;
    if (!extra.empty()) {
        out += header("pax", extra.size(), 'x', modified) + extra;
        out.append(padding(extra.size()), '\0');
    }
    return out + header(name.substr(0, longest_name), bytes, '0', modified);
}

void write_at(fs::UniqueFd const& fd, fs::Path const& path, std::string_view bytes) {
    off_t at = 0;
    while (!bytes.empty()) {
        ssize_t const done = ::pwrite(fd.get(), bytes.data(), bytes.size(), at);
        if (done < 0 && errno != EINTR) {
            fs::fail("write", path);
        }
        bytes.remove_prefix(done > 0 ? static_cast<std::size_t>(done) : 0);
        at += done > 0 ? done : 0;
    }
}

} // namespace

TarWriter::TarWriter(fs::Path const& path, time::Instant modified)
    : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)),
      modified_(seconds(modified)) {
    if (!fd_) {
        fs::fail("write", path_);
    }
}

TarWriter::TarWriter(fs::Path const& path, time::Instant modified, std::string const& first)
    : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)), modified_(seconds(modified)) {
    off_t const end = fd_ ? ::lseek(fd_.get(), 0, SEEK_END) : -1;
    if (end < 0) {
        fs::fail("write", path_);
    }
    written_ = static_cast<std::uint64_t>(end);
    flushed_ = written_;
    std::string const before =
        written_ < front ? std::string{} : headers(first, written_ - front, modified_, true);
    if (before.size() != front) {
        throw Error{
            ErrorKind::internal, "the archive's first member does not fit behind its front"};
    }
    write_at(fd_, path_, before);
    pad();
}

void TarWriter::begin(std::string const& name, std::uint64_t bytes) {
    put(headers(name, bytes, modified_, false));
    missing_ = bytes;
}

void TarWriter::write(std::string_view bytes) {
    if (bytes.size() > missing_) {
        throw Error{ErrorKind::internal, "a member of the archive is longer than was announced"};
    }
    put(bytes);
    missing_ -= bytes.size();
    if (missing_ == 0) {
        pad();
    }
}

void TarWriter::pad() {
    Block const zeros{};
    put({zeros.data(), padding(written_)});
}

void TarWriter::put(std::string_view bytes) {
    written_ += bytes.size();
    while (!bytes.empty()) {
        ssize_t const done = ::write(fd_.get(), bytes.data(), bytes.size());
        if (done < 0 && errno != EINTR) {
            fs::fail("write", path_);
        }
        bytes.remove_prefix(done > 0 ? static_cast<std::size_t>(done) : 0);
    }
    // The disk begins to write while there is more to come, so that the fsync at the end is short.
    if (written_ - flushed_ >= flush_every) {
        ::sync_file_range(
            fd_.get(),
            static_cast<off64_t>(flushed_),
            static_cast<off64_t>(written_ - flushed_),
            SYNC_FILE_RANGE_WRITE);
        flushed_ = written_;
    }
}

void TarWriter::finish() {
    if (missing_ != 0) {
        throw Error{ErrorKind::internal, "a member of the archive is shorter than was announced"};
    }
    Block const zeros{};
    put({zeros.data(), zeros.size()});
    put({zeros.data(), zeros.size()});
    if (::fsync(fd_.get()) != 0) {
        fs::fail("write", path_);
    }
    fd_.reset();
}

namespace {

class TarReader {
public:
    TarReader(fs::Path const& path, TarEvents const& events)
        : path_(path), events_(events), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
          buffer_(std::size_t{1} << 20U) {
        if (!fd_) {
            fs::fail("read", path_);
        }
    }

    void read() {
        Block header{};
        for (;;) {
            read_block(header);
            if (std::all_of(header.begin(), header.end(), [](char c) { return c == 0; })) {
                break;
            }
            if (!member(header)) {
                return;
            }
        }
        while (read_some(buffer_.size()) > 0) {
            // What follows the end counts for the checksum of the whole file.
        }
    }

private:
    [[noreturn]] void damaged(std::string_view what) const {
        throw Error{
            ErrorKind::failed,
            fmt::format("{} is damaged near byte {}: {}", path_.string(), offset_, what),
            "Take another backup; this one cannot be restored."};
    }

    // False where the receiver has enough.
    bool member(Block const& header) {
        std::uint64_t sum = 0;
        std::from_chars(header.data() + 148, header.data() + 154, sum, 8);
        if (sum != checksum(header)) {
            damaged("a header's checksum is wrong");
        }
        std::uint64_t bytes = 0;
        std::from_chars(header.data() + 124, header.data() + 135, bytes, 8);
        std::string name{header.data(), ::strnlen(header.data(), longest_name)};
        if (header[156] == 'x') {
            pax(bytes);
            return true;
        }
        if (header[156] != '0') {
            damaged("it holds what is no plain file");
        }
        name = pax_name_.empty() ? name : std::exchange(pax_name_, {});
        bytes = pax_size_ == 0 ? bytes : std::exchange(pax_size_, 0);
        bool const wanted = events_.on_member && events_.on_member(name, bytes);
        if (!wanted && !events_.on_raw) {
            pass_over(bytes + padding(bytes));
            return true;
        }
        content(bytes, [&](std::string_view piece) {
            if (wanted && events_.on_data) {
                events_.on_data(piece);
            }
        });
        return !wanted || !events_.on_end || events_.on_end();
    }

    void pax(std::uint64_t bytes) {
        std::string records;
        content(std::min<std::uint64_t>(bytes, 65536), [&](std::string_view piece) {
            records += piece;
        });
        std::string_view rest = records;
        while (!rest.empty()) {
            std::size_t length = 0;
            std::from_chars(rest.data(), rest.data() + rest.size(), length);
            auto const space = rest.find(' ');
            auto const equals = rest.find('=');
            if (length > rest.size() || space >= equals || equals >= length) {
                damaged("an extended header is malformed");
            }
            auto const key = rest.substr(space + 1, equals - space - 1);
            auto const value = rest.substr(equals + 1, length - equals - 2);
            if (key == "path") {
                pax_name_ = value;
            } else if (key == "size") {
                std::from_chars(value.data(), value.data() + value.size(), pax_size_);
            }
            rest.remove_prefix(length);
        }
    }

    template <class Take>
    void content(std::uint64_t bytes, Take const& take) {
        std::uint64_t left = bytes;
        while (left > 0) {
            std::size_t const got =
                read_some(static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size())));
            if (got == 0) {
                damaged("it is cut off");
            }
            take(std::string_view{buffer_.data(), got});
            left -= got;
        }
        std::size_t skip = padding(bytes);
        while (skip > 0) {
            std::size_t const got = read_some(skip);
            if (got == 0) {
                damaged("it is cut off");
            }
            skip -= got;
        }
    }

    // Beyond the end nothing follows that could be read as a header.
    void pass_over(std::uint64_t bytes) {
        if (::lseek(fd_.get(), static_cast<off_t>(bytes), SEEK_CUR) < 0) {
            fs::fail("read", path_);
        }
        offset_ += bytes;
    }

    void read_block(Block& out) {
        std::size_t filled = 0;
        while (filled < block) {
            std::size_t const got = read_some(block - filled);
            if (got == 0) {
                damaged("it is cut off");
            }
            std::memcpy(out.data() + filled, buffer_.data(), got);
            filled += got;
        }
    }

    std::size_t read_some(std::size_t most) {
        ssize_t got = 0;
        do {
            got = ::read(fd_.get(), buffer_.data(), most);
        } while (got < 0 && errno == EINTR);
        if (got < 0) {
            fs::fail("read", path_);
        }
        auto const count = static_cast<std::size_t>(got);
        if (events_.on_raw && count > 0) {
            events_.on_raw({buffer_.data(), count});
        }
        offset_ += count;
        return count;
    }

    fs::Path path_;
    TarEvents const& events_;
    fs::UniqueFd fd_;
    std::vector<char> buffer_;
    std::uint64_t offset_ = 0;
    std::string pax_name_;
    std::uint64_t pax_size_ = 0;
};

} // namespace

void read_tar(fs::Path const& path, TarEvents const& events) {
    TarReader{path, events}.read();
}

} // namespace slipway::backup
