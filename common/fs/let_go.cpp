// SPDX-License-Identifier: Apache-2.0
#include "fs/let_go.hpp"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace slipway::fs {

namespace {

// Whoever goes through a text has a view of it and does not know where its bytes come from. Memory
// of the heap must never be given back this way, since its content would be gone.
struct Known {
    std::mutex mutex;
    std::vector<std::string_view> ranges;
};

Known& known() {
    static Known all;
    return all;
}

} // namespace

LetGoRange::LetGoRange(std::string_view range) : range_(range) {
    std::lock_guard const guard{known().mutex};
    known().ranges.push_back(range_);
}

LetGoRange::~LetGoRange() {
    std::lock_guard const guard{known().mutex};
    auto& ranges = known().ranges;
    auto const is_this = [this](std::string_view one) {
        return one.data() == range_.data();
    };
    ranges.erase(std::find_if(ranges.begin(), ranges.end(), is_this));
}

void let_go(std::string_view bytes) noexcept {
    static auto const page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::lock_guard const guard{known().mutex};
    for (auto const range : known().ranges) {
        std::less_equal<> const up_to;
        bool const inside = up_to(range.data(), bytes.data()) &&
                            up_to(bytes.data() + bytes.size(), range.data() + range.size());
        if (inside && !bytes.empty()) {
            auto const offset = static_cast<std::size_t>(bytes.data() - range.data());
            std::size_t const start = offset / page * page; // ranges start at a page
            // Mapped without a way to write, or shared with the file: the bytes are in the file.
            auto* const first = const_cast<char*>(range.data() + start); // NOLINT(*-const-cast)
            ::madvise(first, offset - start + bytes.size(), MADV_DONTNEED);
            return;
        }
    }
}

void each_piece(std::string_view bytes, std::function<void(std::string_view)> const& take) {
    while (!bytes.empty()) {
        auto const piece = bytes.substr(0, piece_size);
        take(piece);
        if (piece.size() == piece_size) {
            let_go(piece);
        }
        bytes.remove_prefix(piece.size());
    }
}

void each_line(
    std::string_view bytes,
    std::function<bool(std::string_view line, std::size_t at)> const& take) {
    Behind behind{bytes};
    for (std::size_t at = 0; at <= bytes.size();) {
        auto const line = bytes.substr(at, bytes.find('\n', at) - at);
        if (!take(line, at)) {
            return;
        }
        at += line.size() + 1;
        behind.pass(std::min(at, bytes.size()));
    }
}

std::size_t find(std::string_view bytes, std::string_view word, std::size_t from) {
    if (word.empty()) {
        return bytes.find(word, from);
    }
    for (std::size_t at = from; at < bytes.size(); at += piece_size) {
        // A word may begin in a piece and end in the next one.
        auto const piece = bytes.substr(at, piece_size + word.size() - 1);
        if (auto const found = piece.find(word); found != std::string_view::npos) {
            return at + found;
        }
        if (piece.size() >= piece_size) {
            let_go(piece);
        }
    }
    return std::string_view::npos;
}

} // namespace slipway::fs
