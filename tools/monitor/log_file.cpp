// SPDX-License-Identifier: Apache-2.0
#include "log_file.hpp"

#include "error/error.hpp"
#include "hash/digest.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <isa-l/igzip_lib.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::monitor {

namespace {

constexpr std::size_t head_bytes = 256;
constexpr std::size_t tail_bytes = 64;
constexpr std::size_t digits_of_signature = 16;
constexpr std::size_t piece = 64 * 1024;
constexpr int most_numbered = 9999; // beyond that it is a date

std::string signature_of(std::string_view head, std::string_view tail) {
    return hash::sha256_hex(std::string{head} + '\0' + std::string{tail})
        .substr(0, digits_of_signature);
}

std::string bytes_at(int fd, std::uint64_t offset, std::size_t count) {
    std::string out(count, '\0');
    auto const got = ::pread(fd, out.data(), count, static_cast<off_t>(offset));
    out.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return out;
}

} // namespace

struct LogFile::Gunzip {
    inflate_state state{};
    std::array<char, piece> compressed{};
    std::string head;
    std::string tail;
    bool ended = false;

    Gunzip() { begin(); }
    void begin() {
        isal_inflate_init(&state);
        state.crc_flag = ISAL_GZIP;
    }
    void remember(std::string_view text) {
        if (head.size() < head_bytes) {
            head += text.substr(0, head_bytes - head.size());
        }
        tail += text.substr(text.size() - std::min(text.size(), tail_bytes));
        tail.erase(0, tail.size() - std::min(tail.size(), tail_bytes));
    }
};

LogFile::LogFile(fs::UniqueFd fd, std::uint64_t inode) : fd_(std::move(fd)), inode_(inode) {}
LogFile::LogFile(LogFile&&) noexcept = default;
LogFile& LogFile::operator=(LogFile&&) noexcept = default;
LogFile::~LogFile() = default;

std::optional<LogFile> LogFile::open(fs::Path const& path) {
    // Without O_NONBLOCK a named pipe would wait for its writer.
    fs::UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat facts {};
    if (!fd || ::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return std::nullopt;
    }
    bool const gzip = bytes_at(fd.get(), 0, 2) == "\x1f\x8b";
    LogFile out{std::move(fd), facts.st_ino};
    if (gzip) {
        out.gunzip_ = std::make_unique<Gunzip>();
    }
    return out;
}

std::uint64_t LogFile::size() const {
    struct stat facts {};
    if (gunzip_ || ::fstat(fd_.get(), &facts) != 0) {
        return 0;
    }
    return static_cast<std::uint64_t>(facts.st_size);
}

std::size_t LogFile::read(char* into, std::size_t most) {
    if (gunzip_) {
        return inflate(into, most);
    }
    auto const got = ::pread(fd_.get(), into, most, static_cast<off_t>(offset_));
    if (got < 0) {
        throw Error{
            ErrorKind::unavailable,
            fmt::format("the log cannot be read: {}", std::strerror(errno))};
    }
    offset_ += static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
}

std::size_t LogFile::inflate(char* into, std::size_t most) {
    auto& gunzip = *gunzip_;
    auto& state = gunzip.state;
    std::size_t out = 0;
    while (out == 0 && !gunzip.ended) {
        if (state.avail_in == 0) {
            auto const got = ::read(fd_.get(), gunzip.compressed.data(), gunzip.compressed.size());
            if (got <= 0) {
                gunzip.ended = true;
                break;
            }
            state.next_in = reinterpret_cast<std::uint8_t*>(gunzip.compressed.data());
            state.avail_in = static_cast<std::uint32_t>(got);
        }
        state.next_out = reinterpret_cast<std::uint8_t*>(into);
        state.avail_out = static_cast<std::uint32_t>(std::min(most, piece));
        auto const before = state.avail_out;
        // A damaged file ends here: what was read before stays read.
        gunzip.ended = isal_inflate(&state) != ISAL_DECOMP_OK;
        out = before - state.avail_out;
        if (state.block_state == ISAL_BLOCK_FINISH) { // the next member, if there is one
            auto* const next = state.next_in;
            auto const left = state.avail_in;
            gunzip.begin();
            state.next_in = next;
            state.avail_in = left;
        }
    }
    gunzip.remember({into, out});
    offset_ += out;
    return out;
}

bool LogFile::seek(std::uint64_t offset) {
    if (!gunzip_) {
        offset_ = offset;
        return true;
    }
    std::array<char, piece> passed{};
    while (offset_ < offset) {
        auto const most = std::min<std::uint64_t>(passed.size(), offset - offset_);
        if (read(passed.data(), most) == 0) {
            return false;
        }
    }
    return offset_ == offset;
}

std::string LogFile::signature(std::uint64_t offset) {
    auto const head = std::min<std::uint64_t>(head_bytes, offset);
    auto const tail = std::min<std::uint64_t>(tail_bytes, offset);
    if (gunzip_) {
        return seek(offset) ? signature_of(gunzip_->head.substr(0, head), gunzip_->tail) : "";
    }
    auto const first = bytes_at(fd_.get(), 0, head);
    auto const last = bytes_at(fd_.get(), offset - tail, tail);
    return first.size() == head && last.size() == tail ? signature_of(first, last) : "";
}

std::vector<fs::Path> rotated_files(fs::Path const& log) {
    auto const base = log.filename().string();
    auto const stem = log.stem().string();
    auto const is_mark = [](char each) {
        return each == '.' || each == '-' || each == '_';
    };
    // app.log.1.gz and app.log-20260131, and app-20260131.log, app__2026-01-31_00-00-00.log.
    auto const belongs = [&](std::string const& name) {
        if (name.size() > base.size() && name.starts_with(base)) {
            return is_mark(name[base.size()]);
        }
        auto const rest = name.size() > stem.size() && name.starts_with(stem)
                              ? std::string_view{name}.substr(stem.size())
                              : std::string_view{};
        auto const digit = rest.find_first_not_of("._-");
        return digit != std::string_view::npos && digit > 0 && rest[digit] >= '0' &&
               rest[digit] <= '9';
    };
    // The 2 of app.log.2.gz; 0 for a date and for none.
    auto const number_of = [&](fs::Path const& path) {
        auto const name = path.filename().string();
        int out = 0;
        for (auto at = base.size() + 1; at < name.size() && name[at] >= '0' && name[at] <= '9';
             ++at) {
            out = out * 10 + (name[at] - '0');
            if (out > most_numbered) {
                return 0;
            }
        }
        return out;
    };
    std::vector<std::pair<std::filesystem::file_time_type, fs::Path>> found;
    std::error_code ignored;
    auto const folder = log.has_parent_path() ? log.parent_path() : fs::Path{"."};
    for (auto const& entry : std::filesystem::directory_iterator{folder, ignored}) {
        if (belongs(entry.path().filename().string()) && entry.is_regular_file(ignored)) {
            found.emplace_back(entry.last_write_time(ignored), entry.path());
        }
    }
    // Of one instant, app.log.2 is older than app.log.1, and any date than a later one.
    std::sort(found.begin(), found.end(), [&](auto const& a, auto const& b) {
        auto const first = number_of(a.second);
        auto const second = number_of(b.second);
        return a.first != b.first        ? a.first < b.first
               : first > 0 && second > 0 ? first > second
                                         : a.second < b.second;
    });
    std::vector<fs::Path> out;
    for (auto& each : found) {
        out.push_back(std::move(each.second));
    }
    return out;
}

} // namespace slipway::monitor
