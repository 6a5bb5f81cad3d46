// SPDX-License-Identifier: Apache-2.0
#include "s3/transfer.hpp"

#include "fs/unique_fd.hpp"
#include "hash/digest.hpp"
#include "signal/stop.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace slipway::s3 {

namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20U;
constexpr std::uint64_t least_part = 8 * mebibyte;
constexpr std::uint64_t most_parts = 900;

std::string
read_at(fs::UniqueFd const& fd, fs::Path const& path, std::uint64_t at, std::uint64_t bytes) {
    std::string out(static_cast<std::size_t>(bytes), '\0');
    std::size_t filled = 0;
    while (filled < out.size()) {
        ssize_t const got = ::pread(
            fd.get(), out.data() + filled, out.size() - filled, static_cast<off_t>(at + filled));
        if (got < 0 && errno != EINTR) {
            fs::fail("read", path);
        }
        if (got == 0) {
            throw Error{ErrorKind::failed, fmt::format("{} became shorter", path.string())};
        }
        filled += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return out;
}

// One upload in parts.
class Sending {
public:
    Sending(Bucket& bucket, Upload const& upload, std::uint64_t bytes)
        : bucket_(bucket), upload_(upload), bytes_(bytes), size_(part_size(bytes)),
          fd_(::open(upload.file.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (!fd_) {
            fs::fail("read", upload.file);
        }
    }

    Uploaded run() {
        resume();
        if (id_.empty()) {
            id_ = bucket_.begin(upload_.key, upload_.metadata);
        }
        send_all();
        bucket_.complete(upload_.key, id_, parts_);
        return {bytes_, static_cast<int>(parts_.size()), resumed_};
    }

private:
    [[nodiscard]] std::uint64_t length(std::uint64_t index) const {
        return std::min(size_, bytes_ - index * size_);
    }

    [[nodiscard]] std::string piece(std::uint64_t index) const {
        return read_at(fd_, upload_.file, index * size_, length(index));
    }

    // The newest upload of this key, if its parts are cut as ours are.
    void resume() {
        time::Instant newest{};
        for (auto const& pending : bucket_.pending(upload_.key)) {
            if (pending.key == upload_.key && (id_.empty() || pending.initiated > newest)) {
                id_ = pending.upload_id;
                newest = pending.initiated;
            }
        }
        if (!id_.empty()) {
            arrived_ = bucket_.parts(upload_.key, id_);
        }
    }

    [[nodiscard]] Part const* arrived(int number) const {
        auto const found = std::find_if(arrived_.begin(), arrived_.end(), [&](Part const& part) {
            return part.number == number;
        });
        return found == arrived_.end() ? nullptr : &*found;
    }

    void send_all() {
        std::uint64_t const count = (bytes_ + size_ - 1) / size_;
        std::uint64_t index = 0;
        while (index < count) {
            signal::throw_if_stopped(bucket_.run().stop);
            std::vector<std::pair<int, std::string>> batch;
            while (index < count && batch.size() < bucket_.settings().parallel) {
                int const number = static_cast<int>(index) + 1;
                std::string bytes = piece(index);
                auto const* found = arrived(number);
                if (found != nullptr && found->bytes == bytes.size() &&
                    found->etag == hash::md5_hex(bytes)) {
                    ++resumed_;
                    parts_.push_back(*found);
                } else {
                    batch.emplace_back(number, std::move(bytes));
                }
                ++index;
            }
            send(std::move(batch));
            if (upload_.on_progress) {
                upload_.on_progress(std::min(bytes_, index * size_));
            }
        }
        std::sort(parts_.begin(), parts_.end(), [](Part const& a, Part const& b) {
            return a.number < b.number;
        });
    }

    void send(std::vector<std::pair<int, std::string>> batch) {
        std::vector<Part> sent;
        for (auto const& [number, bytes] : batch) {
            sent.push_back({number, "", bytes.size(), {}});
        }
        auto const etags = bucket_.put_parts(upload_.key, id_, std::move(batch));
        for (std::size_t i = 0; i < sent.size(); ++i) {
            sent[i].etag = etags[i];
            parts_.push_back(sent[i]);
        }
    }

    Bucket& bucket_;
    Upload const& upload_;
    std::uint64_t bytes_;
    std::uint64_t size_;
    fs::UniqueFd fd_;
    std::string id_;
    std::vector<Part> arrived_;
    std::vector<Part> parts_;
    int resumed_ = 0;
};

void write_all(fs::UniqueFd const& fd, fs::Path const& path, std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t const done = ::write(fd.get(), bytes.data(), bytes.size());
        if (done < 0 && errno != EINTR) {
            fs::fail("write", path);
        }
        bytes.remove_prefix(done > 0 ? static_cast<std::size_t>(done) : 0);
    }
}

} // namespace

std::uint64_t part_size(std::uint64_t bytes) {
    std::uint64_t const even = (bytes + most_parts - 1) / most_parts;
    return std::max(least_part, (even + mebibyte - 1) / mebibyte * mebibyte);
}

Uploaded upload(Bucket& bucket, Upload const& upload) {
    std::error_code code;
    std::uint64_t const bytes = std::filesystem::file_size(upload.file, code);
    if (code) {
        throw Error{
            ErrorKind::usage,
            fmt::format("cannot read {}: {}", upload.file.string(), code.message())};
    }
    Uploaded out{bytes, 0, 0};
    if (bytes <= least_part) {
        bucket.put(upload.key, fs::read_file(upload.file, least_part), upload.metadata);
    } else {
        out = Sending{bucket, upload, bytes}.run();
    }
    auto const head = bucket.head(upload.key);
    if (!head || head->bytes != bytes) {
        throw Error{
            ErrorKind::failed,
            fmt::format(
                "s3://{}/{} has {} bytes where {} were sent",
                bucket.name(),
                upload.key,
                head ? head->bytes : 0,
                bytes),
            "Somebody else writes there, or the store lost it; try again."};
    }
    return out;
}

std::string download(
    Bucket& bucket,
    std::string const& key,
    std::uint64_t bytes,
    fs::Path const& file,
    std::function<void(std::uint64_t)> const& on_progress) {
    fs::UniqueFd const fd{::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!fd) {
        fs::fail("write", file);
    }
    hash::Digest digest{hash::Algorithm::sha256};
    std::uint64_t at = 0;
    while (at < bytes) {
        signal::throw_if_stopped(bucket.run().stop);
        std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
        while (at < bytes && ranges.size() < bucket.settings().parallel) {
            ranges.emplace_back(at, std::min(least_part, bytes - at));
            at += ranges.back().second;
        }
        for (auto const& piece : bucket.get_ranges(key, ranges)) {
            digest.update(piece);
            write_all(fd, file, piece);
        }
        if (on_progress) {
            on_progress(at);
        }
    }
    if (::fsync(fd.get()) != 0) {
        fs::fail("write", file);
    }
    return digest.hex();
}

} // namespace slipway::s3
