// SPDX-License-Identifier: Apache-2.0
#include "fs/content.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

namespace slipway::fs {

namespace {

constexpr std::size_t most_in_memory = std::size_t{64} << 10U;

} // namespace

void ContentWriter::add(std::string_view bytes) {
    bytes_ += bytes;
    if (in_memory_ || bytes_.size() < (file_ ? piece_size : most_in_memory)) {
        return;
    }
    if (!file_) {
        file_ = scratch_file();
    }
    if (!file_ || !write_out()) {
        read_back();
    }
}

bool ContentWriter::write_out() {
    std::string_view left = bytes_;
    while (!left.empty()) {
        ssize_t const put =
            ::pwrite(file_.get(), left.data(), left.size(), static_cast<off_t>(written_));
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            bytes_.erase(0, bytes_.size() - left.size());
            return false;
        }
        written_ += static_cast<std::size_t>(put);
        left.remove_prefix(static_cast<std::size_t>(put));
    }
    bytes_.clear();
    return true;
}

void ContentWriter::read_back() {
    std::string all(written_, '\0');
    std::size_t got = 0;
    while (got < written_) {
        ssize_t const more =
            ::pread(file_.get(), all.data() + got, written_ - got, static_cast<off_t>(got));
        if (more < 0 && errno == EINTR) {
            continue;
        }
        if (more <= 0) {
            fail("read", "a temporary file");
        }
        got += static_cast<std::size_t>(more);
    }
    all += bytes_;
    bytes_ = std::move(all);
    file_.reset();
    written_ = 0;
    in_memory_ = true;
}

Content ContentWriter::finish() {
    Content out;
    if (file_ && write_out()) {
        out.map_ = ScratchMap::of(file_, written_);
    }
    if (!out.map_) {
        if (file_) {
            read_back();
        }
        out.bytes_ = std::move(bytes_);
    }
    return out;
}

Content read_content(Path const& path, std::uint64_t limit) {
    ContentWriter writer;
    read_pieces(path, limit, [&writer](std::string_view piece) { writer.add(piece); });
    return writer.finish();
}

} // namespace slipway::fs
